/**
 * The generic cell rate algorithm: a bucket is the time at which it would be empty again. Each call moves that time on
 * by an interval for each unit that it costs; one that would move it further ahead than the burst allows is turned away.
 * Pure.
 */
export type Bucket = { dueMs: number };

export type Limit = { intervalMs: number; burst: number };

export function takeFrom(
  bucket: Bucket | undefined,
  nowMs: number,
  { intervalMs, burst }: Limit,
  cost = 1,
): { ok: true; bucket: Bucket } | { ok: false; retryAfterMs: number } {
  const dueMs = Math.max(bucket?.dueMs ?? 0, nowMs);
  const waitMs = dueMs - nowMs - intervalMs * (burst - cost);
  return waitMs > 0
    ? { ok: false, retryAfterMs: Math.ceil(waitMs) }
    : { ok: true, bucket: { dueMs: dueMs + intervalMs * cost } };
}
