import { hash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Bucket, takeFrom } from '../../core/gcra.ts';
import type { Logger } from '../../core/logger.ts';
import { insert } from '../../core/store/plan.ts';
import type { Store } from '../../core/store/store.ts';

/**
 * A nonce is remembered for longer than the date in its call is accepted: 15 minutes back and 15 ahead.
 */
const NONCE_MS = 31 * 60_000;
/** Buckets of keys that are remembered while Redis is away. */
const MOST_BUCKETS = 10_000;

export type Admission =
  | { admitted: true }
  | { admitted: false; because: 'used' }
  | { admitted: false; because: 'limited'; retryAfterMs: number };

/** Lets each signed call in once, and each key as often as it may. */
export type Gatekeeper = {
  /**
   * @param call `recordsItself`: its nonce is written down with what it changes, so that nothing that Redis forgets can
   *   make it happen twice.
   */
  admit(call: { accessKeyId: string; nonce: string; recordsItself: boolean }): Promise<Admission>;
};

/**
 * The nonce and the limit in one step, so that of two calls with one nonce one is let in, and a call that is turned away
 * for its number can be repeated as it is. The limit is GCRA (see core/gcra.ts), by the clock of Redis, in microseconds.
 */
const SCRIPT = `
if redis.call('exists', KEYS[1]) == 1 then return -1 end
local time = redis.call('time')
local now = time[1] * 1000000 + time[2]
local interval = tonumber(ARGV[1])
local due = math.max(tonumber(redis.call('get', KEYS[2]) or 0), now)
local wait = due - now - interval * (tonumber(ARGV[2]) - 1)
if wait > 0 then return math.ceil(wait / 1000) end
redis.call('set', KEYS[2], string.format('%.0f', due + interval), 'px', math.ceil((due + interval - now) / 1000) + 1)
redis.call('set', KEYS[1], '1', 'px', ARGV[3])
return 0`;

export function nonceId(accessKeyId: string, nonce: string): string {
  return hash('sha256', `${accessKeyId}:${nonce}`);
}

/**
 * While Redis is away, and for as long after it as a nonce counts, nonces are written down in the database; limits are
 * then kept by each process for itself.
 * @param limit calls in a second for each key, in the long run; twice as many at once.
 */
export function makeGatekeeper(deps: {
  redis: Redis;
  store: Store;
  logger: Logger;
  now: () => Date;
  perSecond: number;
}): Gatekeeper {
  const { redis, store, logger, now, perSecond } = deps;
  const limit = { intervalMs: 1_000 / perSecond, burst: perSecond * 2 };
  const buckets = new Map<string, Bucket>();
  let lastAwayMs = Number.NEGATIVE_INFINITY;

  const askRedis = async (accessKeyId: string, id: string): Promise<number | undefined> => {
    try {
      const keys = [`countersign:api:{${accessKeyId}}:nonce:${id}`, `countersign:api:{${accessKeyId}}:due`];
      const answer = await redis.eval(SCRIPT, 2, ...keys, limit.intervalMs * 1_000, limit.burst, NONCE_MS);
      return Number(answer);
    } catch (error) {
      logger.debug({ error }, 'redis is away: nonces go to the database');
      return undefined;
    }
  };

  return {
    async admit({ accessKeyId, nonce, recordsItself }) {
      const at = now();
      const id = nonceId(accessKeyId, nonce);
      const answer = await askRedis(accessKeyId, id);
      if (answer === undefined) {
        lastAwayMs = at.getTime();
        const taken = takeFrom(buckets.get(accessKeyId), at.getTime(), limit);
        if (!taken.ok) return { admitted: false, because: 'limited', retryAfterMs: taken.retryAfterMs };
        if (buckets.size >= MOST_BUCKETS) buckets.clear();
        buckets.set(accessKeyId, taken.bucket);
      } else if (answer < 0) {
        return { admitted: false, because: 'used' };
      } else if (answer > 0) {
        return { admitted: false, because: 'limited', retryAfterMs: answer };
      }
      if (recordsItself || at.getTime() - lastAwayMs > NONCE_MS) return { admitted: true };
      const committed = await store.commit([insert('apiNonces', { id, receivedAt: at })]);
      return committed.ok ? { admitted: true } : { admitted: false, because: 'used' };
    },
  };
}
