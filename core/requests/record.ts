import type { Clock } from '../clock.ts';
import { CountersignError } from '../errors.ts';
import { insert, type Plan } from '../store/plan.ts';
import type { Request, RequestKind } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { CONTRACTS, type Payload } from './contracts.ts';
import type { Announce } from './queue.ts';

export type Recording<K extends RequestKind> = {
  /** A UUID, made by the caller where something is sealed for the row before it exists. */
  id: string;
  accountId: string;
  actorId: string;
  kind: K;
  payload: Payload<K>;
  /** What makes a repetition of this request recognisable: a view id, a trigger id, a click. */
  idempotencyKey: string;
  deadlineAt: Date;
  parentId?: string;
  sealed?: Buffer;
  /** Of a call to the OpenAPI; see core/requests/content.ts. */
  contentHash?: string;
  /** What is written down in the same transaction. */
  also?: Plan;
};

/** How long a recorded request waits for its announcement before the reconciler announces it again. */
const FIRST_LOOK_MS = 2_000;

/**
 * Writes the request down and announces it; only after this returns may it be acknowledged. Nobody waits for the
 * announcement: if it is lost, the reconciler repeats it.
 * @returns the row, and whether it is new; with a known idempotency key, the row that was there first.
 * @throws CountersignError `already_exists` when something that was to be written down with it is there already;
 *   `details.duplicate` names its table.
 */
export async function recordRequest<K extends RequestKind>(
  deps: { store: Store; clock: Clock; announce: Announce },
  recording: Recording<K>,
): Promise<{ request: Request; fresh: boolean }> {
  const now = deps.clock.now();
  const row: Request = {
    id: recording.id,
    accountId: recording.accountId,
    actorId: recording.actorId,
    kind: recording.kind,
    payload: CONTRACTS[recording.kind].parse(recording.payload) as Record<string, unknown>,
    idempotencyKey: recording.idempotencyKey,
    contentHash: recording.contentHash ?? null,
    state: 'recorded',
    parentId: recording.parentId ?? null,
    deadlineAt: recording.deadlineAt,
    sealed: recording.sealed ?? null,
    outcome: null,
    attempts: 0,
    nextAttemptAt: new Date(now.getTime() + FIRST_LOOK_MS),
    leaseUntil: null,
    createdAt: now,
    endedAt: null,
    version: 1,
  };
  const committed = await deps.store.commit([insert('requests', row), ...(recording.also ?? [])]);
  if (committed.ok) {
    deps.announce.request(row);
    return { request: row, fresh: true };
  }
  const known = await deps.store.requestByKey(recording.accountId, recording.idempotencyKey);
  if (known === undefined && committed.table !== 'requests') {
    throw new CountersignError('already_exists', { details: { duplicate: committed.table } });
  }
  if (known === undefined) throw new CountersignError('internal', { details: { reason: 'request id used twice' } });
  return { request: known, fresh: false };
}
