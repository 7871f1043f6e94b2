import { setImmediate as turn } from 'node:timers/promises';
import { CountersignError } from '../core/errors.ts';
import type { Outcome } from '../core/requests/end.ts';
import { type Plan, update } from '../core/store/plan.ts';
import type { Request } from '../core/store/rows.ts';
import type { JobDeps } from './deps.ts';

/**
 * A job of many transactions failed after some of them. `request` is the row as the job has left it, so that whoever
 * gives the request back or ends it does not speak of an older one.
 */
export class InterruptedError extends Error {
  readonly request: Request;
  constructor(request: Request, cause: unknown) {
    super('interrupted', { cause });
    this.name = 'InterruptedError';
    this.request = request;
  }
}

/** What has been begun is finished, however late: half of a list must not be all that ever happens. */
const FINISHED_WITHIN_MS = 7 * 24 * 60 * 60_000;

/**
 * The request of a job that works in many transactions. Each of them renews the lease in the request's row: whoever
 * has lost it to another worker cannot commit any more, and nobody takes it over from one that is at work.
 */
export type Lease<R extends Request> = {
  /** As it is in the database now. */
  readonly request: R;
  /**
   * Commits one step. `stale` when something that the step rests on has changed: read it again and decide anew.
   * @param options `begun`: from this step on the request does not expire before it is finished. `outcome`: how far it
   *   has come, for the next run.
   */
  commit(plan: Plan, options?: { begun?: boolean; outcome?: Outcome }): Promise<'done' | 'stale'>;
  /** Commits the last step, which ends the request by itself. */
  commitLast(plan: Plan): Promise<'done' | 'stale'>;
};

export function makeLease<R extends Request>(deps: JobDeps, claimed: R): Lease<R> {
  let request = claimed;
  const settle = async (plan: Plan) => {
    const committed = await deps.store.commit(plan);
    // Long work: everybody else in this process gets a turn between two steps.
    await turn();
    if (committed.ok) return 'done';
    // Another worker has it, or an administrator has changed who may do what: the next run asks everything again.
    if (committed.table === 'requests' || committed.table === 'accounts' || committed.table === 'approvals') {
      throw new CountersignError('overtaken', { details: { table: committed.table } });
    }
    return 'stale';
  };
  return {
    get request() {
      return request;
    },
    async commit(plan, { begun = false, outcome: progress } = {}) {
      const now = deps.clock.now().getTime();
      const finishBy = new Date(now + FINISHED_WITHIN_MS);
      const set = {
        leaseUntil: new Date(now + deps.leaseMs),
        ...(progress === undefined ? {} : { outcome: progress }),
        ...(begun && request.deadlineAt < finishBy ? { deadlineAt: finishBy } : {}),
      };
      const outcome = await settle([...plan, update('requests', request, set)]);
      if (outcome === 'done') request = { ...request, ...set, version: request.version + 1 };
      return outcome;
    },
    commitLast: settle,
  };
}

/** Runs a job with its lease; what it throws tells the processor how far the request's row has come. */
export async function withLease<R extends Request>(
  deps: JobDeps,
  claimed: R,
  work: (lease: Lease<R>) => Promise<void>,
): Promise<void> {
  const lease = makeLease(deps, claimed);
  try {
    await work(lease);
  } catch (error) {
    throw lease.request === claimed ? error : new InterruptedError(lease.request, error);
  }
}
