import { type Bucket, type Limit, takeFrom } from '../../../core/gcra.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Edge } from '../../../core/store/rows.ts';
import { HttpError } from '../../problem.ts';

const HOUR_MS = 3_600_000;
const perHour = (count: number, burst: number): Limit => ({ intervalMs: HOUR_MS / count, burst });

/**
 * What is taken from one edge: so much in an hour in the long run, and so much at once. Whoever has stolen a credential
 * can write no more than this. An honest edge reports twice a second at most, and at once everything that it has kept
 * over an outage: 50,000 certificates and 4,000 hostnames. What is turned away it says again later.
 */
const LIMITS = {
  reports: perHour(7_200, 100),
  acknowledgements: perHour(36_000, 2_000),
  /** Lines of evidence in its reports. */
  lines: perHour(2_000_000, 120_000),
} as const;
type Says = keyof typeof LIMITS;

/** Edges that are remembered; those that say nothing for a while would be let in anyway. */
const MOST_EDGES = 10_000;

/** @throws HttpError 429 with the time after which the edge may go on. It is logged once an hour for each edge. */
export type Allow = (edge: Pick<Edge, 'id' | 'name' | 'accountId'>, says: Says, cost?: number) => void;

/** By this process' own count. */
export function makeAllow(logger: Logger, now: () => number = () => performance.now()): Allow {
  const buckets = new Map<string, Bucket>();
  const warnedAt = new Map<string, number>();
  return ({ id, name, accountId }, says, cost = 1) => {
    const key = `${id}:${says}`;
    const taken = takeFrom(buckets.get(key), now(), LIMITS[says], cost);
    if (taken.ok) {
      if (buckets.size >= MOST_EDGES) buckets.clear();
      buckets.set(key, taken.bucket);
      return;
    }
    if (now() - (warnedAt.get(id) ?? Number.NEGATIVE_INFINITY) > HOUR_MS) {
      if (warnedAt.size >= MOST_EDGES) warnedAt.clear();
      warnedAt.set(id, now());
      logger.warn(
        { edge: name, accountId, says },
        'an edge says more than an edge may: somebody may have its credential',
      );
    }
    throw new HttpError(429, { 'retry-after': String(Math.ceil(taken.retryAfterMs / 1_000)) });
  };
}
