import type { FastifyReply, FastifyRequest } from 'fastify';

/** What others may keep, for how long, and how they ask whether it has changed. */
export type Cached = {
  /** Without its quotation marks. */
  etag: string;
  lastModified: Date;
  maxAgeSeconds: number;
};

/**
 * Writes the headers for caches.
 * @returns whether the client has it already: then the status is 304 and there is no body to send (RFC 9110 15.4.5)
 */
export function markCached(request: FastifyRequest, reply: FastifyReply, cached: Cached, now: Date): boolean {
  const { etag, lastModified, maxAgeSeconds } = cached;
  reply.headers({
    'cache-control': `public, max-age=${maxAgeSeconds}, no-transform, must-revalidate`,
    // For caches that know nothing younger (RFC 5019 6.2).
    expires: new Date(now.getTime() + maxAgeSeconds * 1_000).toUTCString(),
    'last-modified': lastModified.toUTCString(),
    etag: `"${etag}"`,
  });
  if (!isKnown(request, etag, lastModified)) return false;
  reply.code(304);
  return true;
}

/** @returns the whole seconds until then, within `limitSeconds`. */
export function secondsUntil(at: Date, now: Date, limitSeconds: number): number {
  return Math.max(0, Math.min(limitSeconds, Math.floor((at.getTime() - now.getTime()) / 1_000)));
}

/** If-None-Match counts alone where it is given (RFC 9110 13.1.3); weak and strong names are alike there (13.1.2). */
function isKnown({ headers }: FastifyRequest, etag: string, lastModified: Date): boolean {
  const names = headers['if-none-match'];
  if (names !== undefined) {
    return names.split(',').some((name) => name.trim() === '*' || name.trim().replace(/^W\//, '') === `"${etag}"`);
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return Math.floor(lastModified.getTime() / 1_000) * 1_000 <= since;
}
