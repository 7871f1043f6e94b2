import type { AccessKey, Approval, Request } from '../../core/store/rows.ts';

/** How long a decision is the answer to the same call. */
const DECISION_COUNTS_MS = 24 * 60 * 60_000;

/**
 * What a call is, where the same key has asked for the same before: clients repeat a call that waits for a person, each
 * time with a nonce of its own.
 */
export type Repetition =
  /** Nothing that counts any more: it is asked for anew. */
  | 'new'
  /** The earlier one is on its way and may come to wait for a person: see what becomes of it first. */
  | 'wait'
  /** The earlier one waits for a person: the same answer, and nobody is asked twice. */
  | 'pending'
  /** A person has said no, not long ago. */
  | 'denied'
  /** A person has agreed, not long ago, and it was done: if it still is so, that is the answer. */
  | 'done';

/**
 * Pure. What needed nobody is never a repetition: two calls that mean the same are two calls.
 * @param earlier the newest request of the same key for the same, with its approval where there is one.
 */
export function decideRepetition(
  earlier: { request: Request; approval: Approval | undefined } | undefined,
  key: Pick<AccessKey, 'mode'>,
  now: Date,
): Repetition {
  if (!earlier) return 'new';
  const { request, approval } = earlier;
  const counts = request.endedAt !== null && now.getTime() - request.endedAt.getTime() < DECISION_COUNTS_MS;
  switch (request.state) {
    case 'recorded':
      if (request.deadlineAt <= now) return 'new';
      return approval || key.mode === 'asks' ? 'wait' : 'new';
    case 'waiting':
      return 'pending';
    case 'denied':
      return counts ? 'denied' : 'new';
    case 'done':
      return approval?.state === 'approved' && counts ? 'done' : 'new';
    default:
      return 'new';
  }
}
