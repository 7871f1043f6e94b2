import { randomUUID } from 'node:crypto';
import type { Store } from '../../../core/store/store.ts';
import type { Loop } from '../../loop.ts';
import type { SnapshotDeps } from './account.ts';
import { makeSnapshotLeases } from './lease.ts';
import { makeSnapshotPublisher } from './publisher.ts';
import { makeEffectTeller } from './tell-effect.ts';

/** How often it is asked whether anything was written, by any process: a few microseconds each. */
const LOOK_EVERY_MS = 20;
const SWEEP_EVERY_MS = 60_000;
/** Whoever began to fetch a version just before its base was replaced can finish. */
const REPLACED_KEPT_MS = 10 * 60_000;
/** Edges that were away for less go on with deltas; messages say for as long how fast an edge was. */
const DELTAS_KEPT_MS = 24 * 3_600_000;
const SWEEPS_AT_ONCE = 64;

/**
 * Publishes snapshots, and tells how far they have come, for as long as a worker runs.
 * @param deps `told`: called when there are messages to be sent.
 */
export function startSnapshotPublisher(deps: SnapshotDeps & { told?: () => void }): Loop {
  const leases = makeSnapshotLeases({ ...deps, workerId: randomUUID() });
  const publisher = makeSnapshotPublisher({ ...deps, leases });
  const effects = makeEffectTeller(deps);
  let seen: string | undefined;
  let sweptAt = 0;
  let stopped = false;
  let wake: (() => void) | undefined;

  const run = async () => {
    while (!stopped) {
      try {
        await publisher.round();
        const mark = await deps.store.mark();
        if (mark !== seen) {
          seen = mark;
          if ((await effects.round()) > 0) deps.told?.();
        }
        if (performance.now() - sweptAt > SWEEP_EVERY_MS) {
          sweptAt = performance.now();
          await sweep(deps.store, deps.clock.now());
        }
      } catch (error) {
        deps.logger.warn({ loop: 'snapshots', error }, 'round failed');
        await pause(1_000);
      }
      if (!stopped) await pause(LOOK_EVERY_MS);
    }
  };
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const running = run();
  return {
    soon: () => wake?.(),
    async stop() {
      stopped = true;
      wake?.();
      await running;
      await publisher.settle();
      await leases.giveUp();
    },
  };
}

async function sweep(store: Store, now: Date): Promise<void> {
  const before = (ms: number) => new Date(now.getTime() - ms);
  await store.sweepSnapshotDeltas(before(DELTAS_KEPT_MS));
  for (let sweeps = 0; sweeps < SWEEPS_AT_ONCE; sweeps++) {
    if (!(await store.sweepSnapshotChunks(before(REPLACED_KEPT_MS)))) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
