import type { Card } from '../../core/approvals/card.ts';
import * as events from '../../core/audit/events.ts';
import { blockText, blockWords } from '../../core/ca/read-crl/block.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { bold, escapeText, mention, moment } from '../../core/slack/text.ts';
import { expect, update } from '../../core/store/plan.ts';
import type { Block } from '../../core/store/rows.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { refuseWhileSameAsked } from './policy.ts';
import { requireRevoking } from './uploaded-authority.ts';

/** Lifts the block of a certificate of a custom CA, after somebody else has agreed. What its CRL says stays. */
export async function carryOutCaUnblock(deps: JobDeps, request: RequestOf<'ca_unblock'>): Promise<void> {
  const { blockId, because } = request.payload;
  const block = await deps.store.block(blockId);
  if (block?.accountId !== request.accountId) {
    throw new CountersignError('not_found', { userMessage: 'There is no such block here.' });
  }
  const { authority, ca, unchanged, account, grants } = await requireRevoking(deps, request, block.authorityId);
  if (block.liftedAt !== null) {
    throw new CountersignError('already_exists', {
      userMessage: `This block was lifted by ${mention(block.liftedBy ?? '')}, ${moment(block.liftedAt)}.`,
    });
  }
  await refuseWhileSameAsked(deps, request, ({ payload }) => payload['blockId'] === blockId);
  const gate = await passGate(deps, request, {
    gate: 'ca_unblock',
    account,
    grants,
    targets: [
      { table: 'blocks', id: block.id, version: block.version },
      { table: 'uploadedAuthorities', id: authority.id, version: authority.version },
    ],
    card: unblockCard(block, ca, because),
  });
  if (!gate.passed) return;
  const at = deps.clock.now();
  const message = `The block of the certificate of ${bold(authority.name)} for ${escapeText(ca.site)} with the ${blockText(block)} is lifted.`;
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    expect('uploadedAuthorities', authority),
    update('blocks', block, { liftedBy: request.actorId, liftedAt: at }),
    ...events.certificateUnblocked({ ...request, at }, ca, block, because),
    endRequest(request, 'done', { code: 'unblocked', message, blockId, authorityId: authority.id }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

function unblockCard(block: Block, ca: events.CustomCa, because: string): Card {
  return {
    what: `Lift the block of a certificate of ${bold(ca.name)} for ${escapeText(ca.site)}`,
    plain: `Lift the block of a certificate of ${escapeText(ca.name)} for ${escapeText(ca.site)}, ${blockWords(block)}`,
    facts: [
      ['Certificate', blockText(block)],
      ['Blocked', `${moment(block.createdAt)} by ${mention(block.createdBy)}`],
      ['Blocked because', escapeText(block.because)],
    ],
    because: escapeText(because),
    evidence: null,
    risk: 'Whoever holds its private key is let in again, unless the CRL of the CA lists it.',
  };
}
