import { Redis } from 'ioredis';

/** Connection options for BullMQ and ioredis from `redis://`, `rediss://` or `unix:///path`. */
export function redisConnection(url: string): { path: string } | { url: string } {
  return url.startsWith('unix://') ? { path: url.slice('unix://'.length) } : { url };
}

/** A connection for somebody who must not wait: its commands fail at once while Redis is away. It reconnects for ever. */
export function connectRedis(url: string): Redis {
  const impatient = { enableOfflineQueue: false, maxRetriesPerRequest: 1 };
  const target = redisConnection(url);
  return 'path' in target ? new Redis(target.path, impatient) : new Redis(target.url, impatient);
}
