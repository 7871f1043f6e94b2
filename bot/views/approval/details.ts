import type { KnownBlock, ModalView } from '@slack/types';
import { requireRole } from '../../../core/access/access.ts';
import type { Card } from '../../../core/approvals/card.ts';
import { decisionText, possibleDeciders } from '../../../core/approvals/decide.ts';
import { GATES, isGate } from '../../../core/approvals/gates.ts';
import { CountersignError } from '../../../core/errors.ts';
import { context, fields, preformatted, section } from '../../../core/slack/blocks.ts';
import { code, escapeText, mention, moment, truncate } from '../../../core/slack/text.ts';
import type { Approval, Request, RoleGrant } from '../../../core/store/rows.ts';
import { reading } from '../../limit.ts';
import { loadCaller } from '../../middleware/caller.ts';
import type { ActionHandler } from '../../turn.ts';
import { buildNotice } from '../notice.ts';
import { openView } from '../open-view.ts';

/** *Details* of what somebody asks for: all of what is approved, with its hash, and who could decide. */
export const clickApprovalDetails: ActionHandler = async (deps, turn) => {
  const caller = await loadCaller(deps, turn.person);
  const approval = await reading(deps.store.approval(turn.value));
  const request = approval && (await reading(deps.store.request(approval.requestId)));
  if (!approval || !request || approval.accountId !== caller.accountId) throw new CountersignError('not_found');
  if (request.actorId !== caller.userId) requireRole(caller.roles, 'inventory', caller.administrators);
  await openView(turn, buildApprovalDetails(approval, request, caller.grants, deps.clock.now()));
};

export function buildApprovalDetails(
  approval: Approval,
  request: Request,
  grants: readonly RoleGrant[],
  now: Date,
): ModalView {
  const card = approval.card as Card;
  const deciders = possibleDeciders(approval.onBehalfOf ?? request.actorId, grants, now);
  const gates = approval.gate.split(',').map((gate) => (isGate(gate) ? GATES[gate] : gate));
  const blocks: KnownBlock[] = [
    section(`*${escapeText(card.plain)}*`),
    fields([
      ['Asked by', mention(request.actorId)],
      ['Asked', moment(request.createdAt)],
      ['Needs a second person because of', escapeText(gates.join(', '))],
      ['Decision', decisionText(approval)],
    ]),
    ...(card.because === '' ? [] : [section(`*Why*\n${card.because}`)]),
    ...(card.facts.length === 0 ? [] : [fields(card.facts)]),
    ...(card.evidence === null ? [] : [section(`*In use?*\n${card.evidence}`)]),
    section(`*Risk*\n${card.risk}`),
    ...(approval.state === 'waiting'
      ? [section(`*Who can decide*\n${deciders.slice(0, 20).map(mention).join(', ') || 'Nobody at the moment.'}`)]
      : []),
    section('*All of the request, as it is approved*'),
    preformatted(truncate(JSON.stringify(request.payload, null, 2), 2_900)),
    context(`SHA-256 of what is approved: ${code(approval.contentHash)}`),
  ];
  return buildNotice('Details', blocks);
}
