import type { Card } from '../../core/approvals/card.ts';
import * as events from '../../core/audit/events.ts';
import { fingerprintOf, makeGeneration } from '../../core/ca/generation.ts';
import { CountersignError } from '../../core/errors.ts';
import { DAY_MS } from '../../core/renewal/due.ts';
import { decideRotation } from '../../core/renewal/generations.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { code, days, escapeText, moment } from '../../core/slack/text.ts';
import { expect, insert } from '../../core/store/plan.ts';
import type { Authority } from '../../core/store/rows.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { requireActor } from './policy.ts';

/**
 * Makes the next generation of the account's authority. It is trusted from now on and signs after the overlap, counted
 * from its making, however long the approval took. The present one goes on signing until then and stays trusted until
 * its last certificate has ended, so that nothing that is trusted stops being trusted.
 */
export async function carryOutCaRotate(deps: JobDeps, request: RequestOf<'ca_rotate'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const { account, grants, unchanged } = await requireActor(deps, accountId, actorId, 'ca_rotate');
  if (payload.overlapDays === 0 && payload.compromised !== true) {
    throw new CountersignError('invalid_input', {
      userMessage:
        'No server can trust a generation that does not exist yet, so it signs at once only when the present key has leaked. Choose an overlap.',
    });
  }
  const generations = await deps.store.presentAuthorities(accountId);
  const decision = decideRotation(generations, deps.clock.now());
  if (!decision.allowed) throw new CountersignError('already_exists', { userMessage: decision.because });
  const { present } = decision;

  const gate = await passGate(deps, request, {
    gate: 'ca_rotate',
    account,
    grants,
    targets: [{ table: 'authorities', id: present.id, version: present.version }],
    card: rotationCard(request, present),
  });
  if (!gate.passed) return;

  const at = deps.clock.now();
  const made = makeGeneration(deps.keys, {
    accountId,
    generation: present.generation + 1,
    now: at,
    issuesFrom: new Date(at.getTime() + payload.overlapDays * DAY_MS),
  });
  // Its CRLs are served at the present address before the first certificate names it.
  const next: Authority = { ...made, pkiUrls: present.pkiUrls.slice(-1) };
  const fingerprint = fingerprintOf(next);
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    expect('authorities', present),
    insert('authorities', next),
    ...events.authorityRotated({ accountId, actorId, at }, next, fingerprint, payload.because ?? ''),
    endRequest(request, 'done', { code: 'rotated', message: madeText(next, payload.overlapDays, fingerprint) }, at),
    ...planTold(request, at),
  ]);
  // Another worker, or another request, has made this generation: the next try sees it.
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

function madeText(next: Authority, overlapDays: number, fingerprint: string): string {
  const made = `generation ${next.generation} is made, SHA-256 ${code(fingerprint)}.`;
  const signs =
    overlapDays === 0
      ? 'It signs from now on: let every server trust it at once, or they refuse new certificates.'
      : `It signs from ${moment(next.issuesFrom)}: let every server trust it before then.`;
  return `${made} ${signs} \`/mtls ca\` shows everything that servers must trust, in one block.`;
}

function rotationCard(request: RequestOf<'ca_rotate'>, present: Authority): Card {
  const { overlapDays, compromised, because } = request.payload;
  const next = present.generation + 1;
  return {
    what: `Make generation ${next} of the authority`,
    plain: `Make generation ${next} of the authority`,
    facts: [
      ['Signs now', `generation ${present.generation}, since ${moment(present.issuesFrom)}`],
      ['The new one signs', overlapDays === 0 ? '*at once*' : `${days(overlapDays)} after its making`],
      ['Present key leaked?', compromised ? '*yes, it may have*' : 'no'],
      ['Present fingerprint', code(fingerprintOf(present))],
    ],
    because: escapeText(because ?? ''),
    evidence: null,
    risk:
      overlapDays === 0
        ? 'Servers that do not trust the new generation yet refuse every certificate that is issued from now on.'
        : `Servers that do not trust the new generation within ${days(overlapDays)} refuse certificates that it signs.`,
  };
}
