import { type Loop, startLoop } from '../loop.ts';
import { makeRefresher, type RefreshDeps } from './refresh.ts';

/** A few at once, so that a slow server holds up few others, and little memory is taken. */
const LANES = 4;
const FORGET_EVERY_MS = 10 * 60_000;

/** Fetches CRLs beside the worker's other work. A fetch that is on its way when the worker ends is broken off. */
export function startRefreshing(deps: RefreshDeps): Loop {
  const refresher = makeRefresher(deps);
  const stopping = new AbortController();
  let forgotAt = Number.NEGATIVE_INFINITY;

  const round = async (lane: number) => {
    if (lane === 0 && performance.now() - forgotAt >= FORGET_EVERY_MS) {
      forgotAt = performance.now();
      await refresher.forgetDeleted();
    }
    try {
      if (await refresher.refreshOne(stopping.signal)) loops[lane]?.soon();
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
    }
  };
  const loops: Loop[] = Array.from({ length: LANES }, (_, lane) =>
    startLoop('uploaded CRLs', () => round(lane), deps.logger),
  );
  return {
    soon() {
      for (const loop of loops) loop.soon();
    },
    async stop() {
      stopping.abort();
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}
