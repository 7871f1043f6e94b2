import type { Database } from 'better-sqlite3';
import { CountersignError } from '../../errors.ts';
import type { Committed, Plan } from '../plan.ts';
import { isBusy } from './commit.ts';

/** No plan is added to a transaction that has taken this long: others wait for the lock. */
const LONG_MS = 20;
/** From one transaction to the next: SQLite's lock has no queue, and whoever takes it again at once keeps it. */
const REST_MS = 2;

type Waiting = {
  plan: Plan;
  giveUpAt: number;
  resolve: (committed: Committed) => void;
  reject: (error: unknown) => void;
};
type Came = { of: Waiting; committed: Committed } | { of: Waiting; error: unknown };

/**
 * Carries out plans, those that are wanted at the same time in one transaction: what takes long is the lock and the disk,
 * and both are had once for all of them. Each plan is all or nothing by itself, and is answered when it is on disk.
 * @param options `carryOut`: one plan, inside a transaction. `limitMs`: for how long a plan waits for another process'
 *   lock. `againMs`: between two tries, in which the event loop is free.
 */
export function makeGroupCommit(
  connection: Database,
  { carryOut, limitMs, againMs }: { carryOut: (plan: Plan) => Committed; limitMs: number; againMs: number },
): (plan: Plan) => Promise<Committed> {
  let queue: Waiting[] = [];
  let flushing = false;
  let restUntil = 0;

  const together = connection.transaction((): Came[] => {
    const start = performance.now();
    const came: Came[] = [];
    for (const of of queue) {
      try {
        came.push({ of, committed: carryOut(of.plan) });
      } catch (error) {
        // SQLite has given up the transaction, and with it the plans before.
        if (!connection.inTransaction) throw error;
        came.push({ of, error });
      }
      if (performance.now() - start > LONG_MS) break;
    }
    return came;
  });

  const flush = () => {
    try {
      const came = together.immediate();
      queue = queue.slice(came.length);
      for (const one of came) {
        if ('committed' in one) one.of.resolve(one.committed);
        else one.of.reject(one.error);
      }
      restUntil = performance.now() + REST_MS;
      next(REST_MS);
    } catch (error) {
      const failed = isBusy(error) ? queue.filter(({ giveUpAt }) => performance.now() >= giveUpAt) : queue;
      queue = queue.filter((waiting) => !failed.includes(waiting));
      const thrown = isBusy(error) ? new CountersignError('busy', { cause: error }) : error;
      for (const { reject } of failed) reject(thrown);
      next(againMs);
    }
  };
  const next = (inMs: number) => {
    flushing = queue.length > 0;
    if (!flushing) return;
    if (inMs > 0) setTimeout(flush, inMs);
    else setImmediate(flush);
  };

  return (plan) =>
    new Promise((resolve, reject) => {
      queue.push({ plan, giveUpAt: performance.now() + limitMs, resolve, reject });
      if (!flushing) next(restUntil - performance.now());
    });
}
