import { open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

const LOOKED_AT_EVERY_MS = 500;
const READ_AT_ONCE = 256 * 1024;
/** What has been read is cut away when there is so much of it; nginx appends, so it goes on at the beginning. */
const CUT_AT_OCTETS = 32 * 1024 * 1024;

/**
 * Follows a log that somebody else appends to, from where it ends now. A line that is written in the moment in which the
 * file is cut may be lost: counts of use are evidence, not bookkeeping.
 */
export function followLog(path: string, onLine: (line: string) => void): { stop(): Promise<void> } {
  const ended = new AbortController();
  let place: number | undefined;
  let rest = '';

  const look = async () => {
    const file = await open(path, 'r+').catch(() => undefined);
    if (!file) return;
    try {
      const { size } = await file.stat();
      place = Math.min(place ?? size, size);
      const buffer = Buffer.allocUnsafe(READ_AT_ONCE);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, READ_AT_ONCE, place);
        if (bytesRead === 0) break;
        place += bytesRead;
        const lines = `${rest}${buffer.toString('utf8', 0, bytesRead)}`.split('\n');
        rest = (lines.pop() ?? '').slice(-READ_AT_ONCE);
        for (const line of lines) onLine(line);
      }
      if (place > CUT_AT_OCTETS) {
        await file.truncate(0);
        place = 0;
      }
    } finally {
      await file.close();
    }
  };
  const loop = async () => {
    // The first look only finds the end: what was written before this process ran was counted, or is old.
    while (!ended.signal.aborted) {
      await look().catch(() => undefined);
      await wait(LOOKED_AT_EVERY_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  };
  const running = loop();
  return {
    async stop() {
      ended.abort();
      await running;
      await look().catch(() => undefined);
    },
  };
}
