import { monitorEventLoopDelay } from 'node:perf_hooks';
import { silentLogger } from '../../core/logger.ts';
import type { Enforced } from '../../core/snapshot/policy.ts';
import { startFeed } from '../../edge/feed/feed.ts';

/**
 * An edge in a process of its own, for bench/feed.ts: tells how long it takes to have a version in force, from the feed
 * or from its disk, what that costs, and when each revocation it was asked about is there.
 */
export type Asked =
  | { ask: 'start'; url: string; credential: string; account: string; pinnedKey: string; dir: string }
  | { ask: 'wait'; authorityId: string; serial: string };

export type Told =
  | { tell: 'started'; ms: number; fromDisk: boolean; rssMiB: number; lookupNs: number; holdMs: number }
  | { tell: 'there'; at: string };

/** In nanoseconds, by a clock that all processes of a machine share. */
const now = () => String(process.hrtime.bigint());
const tell = (told: Told) => process.send?.(told);
const delay = monitorEventLoopDelay({ resolution: 1 });
let feed: Awaited<ReturnType<typeof startFeed>> | undefined;

process.on('message', async (asked: Asked) => {
  if (asked.ask === 'start') {
    const { url, credential, account, pinnedKey, dir } = asked;
    delay.enable();
    const begun = performance.now();
    feed = await startFeed({
      url,
      credential,
      dir,
      trust: { account, pinnedKey },
      software: 'bench',
      logger: silentLogger,
    });
    const fromDisk = feed.current() !== undefined;
    if (!fromDisk) await new Promise<void>((resolve) => void feed?.onChange(() => resolve()));
    const ms = performance.now() - begun;
    const holdMs = delay.max / 1e6;
    (globalThis as { gc?: () => void }).gc?.();
    const rssMiB = process.memoryUsage().rss / 2 ** 20;
    tell({ tell: 'started', ms, fromDisk, rssMiB, holdMs, lookupNs: lookupNs(feed.current() as Enforced) });
    return;
  }
  const { authorityId, serial } = asked;
  const isThere = () => feed?.current()?.isRevoked(authorityId, serial) === true;
  if (isThere()) {
    tell({ tell: 'there', at: now() });
    return;
  }
  const end = feed?.onChange(() => {
    if (!isThere()) return;
    tell({ tell: 'there', at: now() });
    end?.();
  });
});

/** Of serials that are not revoked, which is what nearly every request asks. */
function lookupNs(enforced: Enforced): number {
  const [authority] = enforced.policy.authorities;
  const serials = Array.from(
    { length: 100_000 },
    (_, i) => `4f${(i * 2_654_435_761).toString(16).padStart(30, '7').slice(-30)}`,
  );
  const ask = () => serials.filter((serial) => enforced.isRevoked(authority?.id ?? '', serial)).length;
  ask();
  const begun = performance.now();
  ask();
  return ((performance.now() - begun) * 1e6) / serials.length;
}
