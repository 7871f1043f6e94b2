import type { Logger } from '../../core/logger.ts';
import type { Request } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';

/** How often it is looked whether anything that somebody waits for has come to something. */
const EVERY_MS = 5;
/** With many who wait a look takes longer: looking is never more than a fifth of what there is to do. */
const REST = 4;

/** Waits for requests: however many are waited for, one question at a time asks for all of them. */
export type Waiter = {
  /** The request once it is not `recorded` any more; undefined when that takes longer than `limitMs`. */
  settled(requestId: string, limitMs: number): Promise<Request | undefined>;
};

export function makeWaiter(store: Store, logger: Logger): Waiter {
  const waiting = new Map<string, Set<(request: Request) => void>>();
  let looking = false;

  const lookLater = (tookMs: number) => {
    looking = waiting.size > 0;
    if (looking) setTimeout(look, Math.max(EVERY_MS, tookMs * REST));
  };
  const look = async () => {
    const start = performance.now();
    try {
      for (const request of await store.settledRequests([...waiting.keys()])) {
        for (const tell of waiting.get(request.id) ?? []) tell(request);
      }
    } catch (error) {
      // Busy, most likely: those who wait have a limit of their own.
      logger.debug({ error }, 'not seen what has become of requests');
    }
    lookLater(performance.now() - start);
  };

  return {
    settled: (requestId, limitMs) =>
      new Promise((resolve) => {
        const listeners = waiting.get(requestId) ?? new Set();
        const end = (request: Request | undefined) => {
          clearTimeout(limit);
          listeners.delete(end);
          if (listeners.size === 0) waiting.delete(requestId);
          resolve(request);
        };
        const limit = setTimeout(() => end(undefined), limitMs);
        listeners.add(end);
        waiting.set(requestId, listeners);
        if (!looking) lookLater(0);
      }),
  };
}
