import { stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

const LOOKED_AT_EVERY_MS = 5_000;

/**
 * Calls when any of these files has changed and has then stayed as it is for one look: whoever renews a certificate
 * writes two files, and half of a pair is refused.
 */
export function watchFiles(
  paths: readonly string[],
  onChange: () => void,
  everyMs = LOOKED_AT_EVERY_MS,
): { stop(): void } {
  const ended = new AbortController();
  const look = async () => {
    const stats = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
    return stats.map((one) => (one ? `${one.mtimeMs}:${one.size}:${one.ino}` : '-')).join('|');
  };
  const loop = async () => {
    let told = await look();
    let before = told;
    while (!ended.signal.aborted) {
      await wait(everyMs, undefined, { signal: ended.signal }).catch(() => undefined);
      const now = await look();
      if (now === before && now !== told) {
        told = now;
        onChange();
      }
      before = now;
    }
  };
  void loop();
  return { stop: () => ended.abort() };
}
