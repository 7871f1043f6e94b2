import { requireRole } from '../../core/access/access.ts';
import { ACKNOWLEDGE_WITHIN_MS, BREAK_GLASS_TIMES, BREAK_GLASS_WINDOW_MS } from '../../core/approvals/break-glass.ts';
import type { Card } from '../../core/approvals/card.ts';
import { approvalHash } from '../../core/approvals/content.ts';
import { possibleDeciders } from '../../core/approvals/decide.ts';
import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import { insert, type Plan } from '../../core/store/plan.ts';
import type { Approval, Request } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import type { Actor } from '../jobs/policy.ts';
import { planApprovalTold } from './gate.ts';
import { sha256 } from './token.ts';

/**
 * An administrator acts alone, for a leaked key only, with a reason, a few times an hour; the approval channel sees it
 * and somebody else is asked to acknowledge it.
 * @returns what belongs into the transaction of the effect: the card and the event.
 * @throws CountersignError `not_authorized`, `invalid_input` or `rate_limited`, each saying what to do instead.
 */
export async function planBreakGlass(
  deps: JobDeps,
  request: Request & { payload: { reason: string; because: string } },
  actor: Actor,
  card: Card,
): Promise<Plan> {
  requireRole(actor.roles, 'break_glass', actor.administrators);
  const { reason, because } = request.payload;
  if (reason !== 'keyCompromise' || because.trim() === '') {
    throw new CountersignError('invalid_input', {
      userMessage:
        'Revoking alone is for a leaked key, and the reason has to be written down. Ask for approval instead.',
    });
  }
  const now = deps.clock.now();
  // Counted before those of the last hour: whoever comes between the two is in the second count.
  const ever = await deps.store.countBreakGlass(request.accountId, request.actorId, new Date(0));
  const since = new Date(now.getTime() - BREAK_GLASS_WINDOW_MS);
  const earlier = await deps.store.countBreakGlass(request.accountId, request.actorId, since);
  if (earlier >= BREAK_GLASS_TIMES) {
    throw new CountersignError('invalid_input', {
      userMessage: `You have revoked alone ${BREAK_GLASS_TIMES} times within an hour. Suspend what is urgent, which needs nobody else, and ask for approval.`,
    });
  }
  // The n-th of a person has one id: of two at the same instant only one commits, and the other is counted again.
  const id = sha256(`break glass:${request.accountId}:${request.actorId}:${ever}`);
  const approval = acknowledgement(request, card, id, now);
  const who = { accountId: request.accountId, actorId: request.actorId, at: now };
  return [
    insert('approvals', approval),
    ...events.approvalSkipped(who, request, 'revoke', 'break_glass'),
    ...planApprovalTold(approval, request, now, possibleDeciders(request.actorId, actor.grants, now)),
  ];
}

function acknowledgement(request: Request, card: Card, id: string, now: Date): Approval {
  const expiresAt = new Date(now.getTime() + ACKNOWLEDGE_WITHIN_MS);
  const { id: requestId, accountId, kind, payload } = request;
  return {
    id,
    accountId,
    requestId,
    purpose: 'acknowledgement',
    gate: 'revoke',
    state: 'waiting',
    targets: [],
    contentHash: approvalHash({ accountId, requestId, kind, payload, targets: [], expiresAt }, sha256),
    card,
    onBehalfOf: null,
    expiresAt,
    decidedBy: null,
    decidedAt: null,
    because: null,
    createdAt: now,
    version: 1,
  };
}
