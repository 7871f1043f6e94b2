import { mayDo, requireRole } from '../../core/access/access.ts';
import type { Card } from '../../core/approvals/card.ts';
import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import type { Plan } from '../../core/store/plan.ts';
import type { Approval } from '../../core/store/rows.ts';
import { planBreakGlass } from '../approvals/break-glass.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { type Lease, withLease } from '../lease.ts';
import { revokeManyCard } from '../many/card.ts';
import { fixList } from '../many/fix-list.ts';
import { planWatchers } from '../many/progress.ts';
import { revokeAll } from '../many/revoke-all.ts';
import { suspendAll } from '../many/suspend-all.ts';
import { type Actor, requirePerson } from './policy.ts';

type RevokeMany = RequestOf<'revoke_many'>;

/**
 * Revokes the certificates of a list. Every run asks again whether it may and finds out how far the last one has come,
 * so that the worker may die between any two steps:
 * 1. the list is fixed; 2. it is suspended, if that was asked for; 3. a second person decides about it, or an
 * administrator breaks the glass; 4. it is revoked, some at a time; 5. everybody is told what came of it.
 */
export function carryOutRevokeMany(deps: JobDeps, claimed: RevokeMany): Promise<void> {
  return withLease(deps, claimed, async (lease) => {
    const actor = await requirePerson(deps, claimed.accountId, claimed.actorId);
    const mayRevoke = (ownerId: string) => ownerId === claimed.actorId || mayDo(actor.roles, 'revoke');
    if (claimed.payload.filter.owner !== claimed.actorId) requireRole(actor.roles, 'revoke', actor.administrators);
    await fixList(deps, lease, mayRevoke);

    const { suspendNow, breakGlass } = claimed.payload;
    const approval = await deps.store.approvalOfRequest(claimed.id);
    if (suspendNow && !breakGlass && !approval) await suspendAll(deps, lease, actor.unchanged);

    const passed = await pass(deps, lease.request, actor, approval);
    if (passed === undefined) return;
    const { done, skipped } = await deps.store.countRequestItems(claimed.id);
    await revokeAll(deps, lease, {
      unchanged: [...actor.unchanged, ...passed.filter(({ op }) => op === 'expect')],
      // Said once, however many runs it takes.
      first: done + skipped > 0 ? [] : passed.filter(({ op }) => op !== 'expect'),
      mayRevoke,
      suspendedBefore: suspendNow && approval?.purpose === 'decision',
    });
    await end(deps, lease);
  });
}

/** What belongs into the transactions of the effect; undefined when the request now waits for somebody. */
async function pass(
  deps: JobDeps,
  request: RevokeMany,
  actor: Actor,
  approval: Approval | undefined,
): Promise<Plan | undefined> {
  const card = (approval?.card as Card | undefined) ?? (await revokeManyCard(deps, request));
  if (request.payload.breakGlass) {
    if (request.payload.filter.owner === undefined && request.payload.count > 1) {
      throw new CountersignError('invalid_input', {
        userMessage: 'Alone you can revoke one certificate, or those of one person. Ask for approval for this list.',
      });
    }
    // It was counted and put before the approvers with the first certificates.
    return approval ? [] : planBreakGlass(deps, request, actor, card);
  }
  const { account, grants } = actor;
  // The payload's digest fixes the list and the state in which it was seen.
  const gate = await passGate(deps, request, { gate: 'revoke', account, grants, targets: [], card });
  return gate.passed ? gate.plan : undefined;
}

async function end(deps: JobDeps, lease: Lease<RevokeMany>): Promise<void> {
  const { request } = lease;
  const { done, skipped } = await deps.store.countRequestItems(request.id);
  const at = deps.clock.now();
  const { reason, because } = request.payload;
  const outcome = { code: 'revoked_many', message: outcomeText(done, skipped), done, skipped };
  const who = { accountId: request.accountId, actorId: request.actorId, at };
  const ended = await lease.commitLast([
    endRequest(request, 'done', outcome, at),
    ...events.revocationOfMany(who, request, { done, skipped, reason, because }),
    ...(await planWatchers(deps, request, at)),
  ]);
  if (ended === 'stale') throw new CountersignError('overtaken', { details: { table: 'requests' } });
}

function outcomeText(done: number, skipped: number): string {
  const revoked = done === 1 ? 'One certificate is revoked' : `${done} certificates are revoked`;
  return skipped === 0 ? `${revoked}.` : `${revoked}, ${skipped} ${skipped === 1 ? 'was' : 'were'} left out.`;
}
