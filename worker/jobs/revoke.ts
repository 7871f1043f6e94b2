import { randomUUID } from 'node:crypto';
import type { Card } from '../../core/approvals/card.ts';
import { OFFERED_REASONS } from '../../core/ca/reasons.ts';
import { planHold, planRevocation, planTakeOver } from '../../core/ca/revoke.ts';
import { formatSerial } from '../../core/ca/serial.ts';
import { CountersignError } from '../../core/errors.ts';
import { evidenceOf, evidenceText } from '../../core/inventory/evidence.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { refuseUnlessRevocable } from '../../core/revocation/revocable.ts';
import { bold, code, escapeText, mention, moment } from '../../core/slack/text.ts';
import { expect, wakeMessage } from '../../core/store/plan.ts';
import type { Certificate } from '../../core/store/rows.ts';
import { planBreakGlass } from '../approvals/break-glass.ts';
import { type Passed, passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { type Actor, refuseWhileAsked, requireCertificate } from './policy.ts';

/**
 * Revokes one certificate for good. It may be suspended first, which needs nobody else; then a second person decides,
 * or an administrator breaks the glass. The effect is one transaction, however many are revoked already; CRL and OCSP
 * follow by themselves.
 */
export async function carryOutRevoke(deps: JobDeps, request: RequestOf<'revoke'>): Promise<void> {
  const { payload } = request;
  const actor = await requireCertificate(deps, request, payload.certificateId, 'revoke');
  refuseUnlessRevocable(actor.certificate, deps.clock.now());
  if (!payload.breakGlass) await refuseWhileAsked(deps, request, payload.certificateId);

  // While people decide, no API key may release what it has suspended.
  const suspends = payload.suspendNow || actor.certificate.holdOrigin === 'api';
  const certificate = suspends && !payload.breakGlass ? await suspendFirst(deps, request, actor) : actor.certificate;
  const gate = await pass(deps, request, { ...actor, certificate });
  if (!gate.passed) return;

  const at = deps.clock.now();
  const { actorId } = request;
  const message = `${bold(certificate.name)} for ${escapeText(certificate.siteName)} is revoked: ${OFFERED_REASONS[payload.reason]}.`;
  const committed = await deps.store.commit([
    ...actor.unchanged,
    ...gate.plan,
    ...planRevocation(certificate, {
      actorId,
      at,
      requestId: request.id,
      reason: payload.reason,
      why: payload.because,
      invalidityAt: payload.invalidityAt === undefined ? null : new Date(payload.invalidityAt),
    }),
    endRequest(request, 'done', { code: 'revoked', message, certificateId: certificate.id }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

/** The certificate as it is now: suspended, by this request or an earlier run of it or by somebody else. */
async function suspendFirst(
  deps: JobDeps,
  request: RequestOf<'revoke'>,
  { certificate, unchanged }: Actor & { certificate: Certificate },
): Promise<Certificate> {
  if (certificate.state === 'held' && certificate.holdOrigin !== 'api') return certificate;
  // Released by somebody after this request had suspended it: suspending again would overrule them.
  if (await deps.store.approvalOfRequest(request.id)) return certificate;
  const at = deps.clock.now();
  const because = request.payload.because;
  const { accountId, actorId } = request;
  const held = certificate.state === 'held';
  const committed = await deps.store.commit([
    ...unchanged,
    expect('requests', request),
    ...(held ? planTakeOver : planHold)(certificate, { actorId, at, requestId: request.id, because }),
    wakeMessage({ id: randomUUID(), accountId, subjectId: request.id, place: 'requester', now: at }),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
  const heldAt = held ? certificate.heldAt : at;
  return { ...certificate, state: 'held', heldAt, holdOrigin: 'person', version: certificate.version + 1 };
}

async function pass(
  deps: JobDeps,
  request: RequestOf<'revoke'>,
  actor: Actor & { certificate: Certificate },
): Promise<Passed> {
  const { account, grants, certificate } = actor;
  const card = await revokeCard(deps, request, certificate);
  if (request.payload.breakGlass) {
    return { passed: true, plan: await planBreakGlass(deps, request, actor, card), approvedBy: null };
  }
  const targets = [{ table: 'certificates' as const, id: certificate.id, version: certificate.version }];
  return passGate(deps, request, { gate: 'revoke', account, grants, targets, card });
}

async function revokeCard(deps: JobDeps, request: RequestOf<'revoke'>, certificate: Certificate): Promise<Card> {
  const { payload } = request;
  const evidence = await evidenceOf(deps.store, request.accountId, [certificate.id], deps.clock.now());
  const used = evidence.get(certificate.id);
  return {
    what: `Revoke ${bold(certificate.name)} for ${escapeText(certificate.siteName)}`,
    plain: `Revoke ${escapeText(certificate.name)} for ${escapeText(certificate.siteName)}`,
    facts: [
      ['Reason', OFFERED_REASONS[payload.reason]],
      ...(payload.invalidityAt === undefined
        ? []
        : [['Key leaked since', moment(new Date(payload.invalidityAt))] as const]),
      ['Owner', mention(certificate.ownerId)],
      ['State when asked', certificate.state === 'held' ? 'suspended: nobody is let in with it' : 'active'],
      ['Valid until', moment(certificate.notAfter)],
      ['Serial', code(formatSerial(certificate.serial))],
    ],
    because: escapeText(payload.because),
    evidence: used ? evidenceText(used) : null,
    risk: 'It cannot be undone: whoever still uses this certificate is shut out until they have a new one.',
  };
}
