import { randomUUID } from 'node:crypto';
import { type Decision, decideApproval } from '../core/approvals/decide.ts';
import { CountersignError } from '../core/errors.ts';
import type { Payload } from '../core/requests/contracts.ts';
import { ANSWERED_AT_ONCE_MS } from '../core/requests/end.ts';
import { recordRequest } from '../core/requests/record.ts';
import type { Approval, Request } from '../core/store/rows.ts';
import type { BotDeps } from './deps.ts';
import { reading } from './limit.ts';
import { type Caller, loadCaller } from './middleware/caller.ts';
import type { Person } from './middleware/person.ts';
import { outcomeText, waitForEnd } from './wait.ts';

/** A decision is carried out soon or not at all. */
const DECIDE_WITHIN_MS = 10 * 60_000;

/** Which approval a button speaks of, and what proves that it was drawn for it: `APPROVAL:HASH:TOKEN`. */
export type PressedButton = { approvalId: string; hash: string; token: string; channel: string; ts: string };

/**
 * The approval, if this person may decide it now. The worker asks all of it again, and whether the button is genuine.
 * @throws CountersignError with the sentence that says why not.
 */
export async function loadDecidable(
  deps: BotDeps,
  person: Person,
  approvalId: string,
  decision: Decision,
): Promise<{ approval: Approval; request: Request; caller: Caller }> {
  const caller = await loadCaller(deps, person);
  const approval = await reading(deps.store.approval(approvalId));
  const request = approval && (await reading(deps.store.request(approval.requestId)));
  if (!approval || !request || approval.accountId !== caller.accountId) {
    throw new CountersignError('not_found', {
      userMessage: 'This button does not belong to a request that can be decided. Nothing was changed.',
    });
  }
  const { userId: actorId, grants } = caller;
  const allowed = decideApproval(approval, request, { decision, actorId, grants, now: deps.clock.now() });
  if (!allowed.allowed) throw new CountersignError('too_late', { userMessage: allowed.because });
  return { approval, request, caller };
}

/** Records the decision and gives the sentence about what came of it. */
export async function decide(
  deps: BotDeps,
  person: Person,
  payload: Payload<'decide'>,
  idempotencyKey: string,
): Promise<string> {
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: person.accountId,
    actorId: person.userId,
    kind: 'decide',
    payload,
    idempotencyKey,
    deadlineAt: new Date(deps.clock.now().getTime() + DECIDE_WITHIN_MS),
  });
  const ended = await waitForEnd(deps.store, request, ANSWERED_AT_ONCE_MS);
  return ended ? outcomeText(ended) : 'Your decision is recorded. I will tell you in a direct message what came of it.';
}
