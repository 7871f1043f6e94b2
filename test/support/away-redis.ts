import { Redis } from 'ioredis';

/** A connection to a Redis that is not there: every command fails at once. */
export function awayRedis(): Redis {
  const redis = new Redis({ lazyConnect: true, enableOfflineQueue: false, retryStrategy: () => null });
  redis.on('error', () => undefined);
  redis.disconnect();
  return redis;
}
