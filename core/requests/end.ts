import { type Plan, update, type Write } from '../store/plan.ts';
import type { Request } from '../store/rows.ts';

/** What a request came to, in words for whoever asked (mrkdwn), and as a code for programs. */
export type Outcome = { code: string; message: string; [fact: string]: unknown };

/** The sentence for whoever reads about the request; empty while it has none. */
export function outcomeOf(request: Pick<Request, 'outcome'>): string {
  return (request.outcome as Outcome | null)?.message ?? '';
}

/** A request answered later than this is told of in a direct message: nobody is waiting at the command any more. */
export const ANSWERED_AT_ONCE_MS = 2_000;

/** Ends a request; the capability it may have held is erased with it. */
export function endRequest(
  request: Pick<Request, 'id' | 'version'>,
  state: 'done' | 'refused' | 'denied' | 'failed' | 'expired',
  outcome: Outcome,
  now: Date,
): Write {
  return update('requests', request, { state, outcome, endedAt: now, leaseUntil: null, sealed: null });
}

/** Gives a claimed request back, to be tried again at a later time. */
export function retryRequest(request: Request, nextAttemptAt: Date): Plan {
  return [update('requests', request, { attempts: request.attempts + 1, nextAttemptAt, leaseUntil: null })];
}

/** 1 s, 2 s, 4 s ... 60 s. */
export function backoffMs(attempts: number, longestMs = 60_000): number {
  return Math.min(1000 * 2 ** Math.min(attempts, 20), longestMs);
}
