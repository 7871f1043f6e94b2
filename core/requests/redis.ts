/** Connection options for BullMQ and ioredis from `redis://`, `rediss://` or `unix:///path`. */
export function redisConnection(url: string): { path: string } | { url: string } {
  return url.startsWith('unix://') ? { path: url.slice('unix://'.length) } : { url };
}
