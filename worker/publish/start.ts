import { randomUUID } from 'node:crypto';
import type { Store } from '../../core/store/store.ts';
import { type Loop, startLoop } from '../loop.ts';
import { makePublishingLeases } from './lease.ts';
import { makeLane, type PublishDeps } from './publisher.ts';

/** Whoever began to fetch a CRL just before it was replaced can finish. */
const REPLACED_KEPT_MS = 10 * 60_000;
/** Of a few chunks each: a round must not become long. */
const SWEEPS_AT_ONCE = 64;

export type PublisherDeps = Omit<PublishDeps, 'leases'> & { leaseMs: number };

/** Both lanes with one set of leases, for as long as a worker runs. Everything that is due is made at its start. */
export function makePublisher(deps: PublisherDeps) {
  const leases = makePublishingLeases({ ...deps, workerId: randomUUID() });
  const shards = makeLane({ ...deps, leases }, 'shards');
  const complete = makeLane({ ...deps, leases }, 'complete');
  return {
    leases,
    completeRound: () => complete.round(),
    async shardsRound() {
      const published = await shards.round();
      await sweepReplaced(deps.store, deps.clock.now());
      return published;
    },
  };
}

/** Publishes in two loops beside the worker's other work; each goes on at once while there is something to publish. */
export function startPublisher(deps: PublisherDeps): Loop {
  const publisher = makePublisher(deps);
  const run = (name: string, round: () => Promise<number>): Loop => {
    const loop = startLoop(
      name,
      async () => {
        if ((await round()) > 0) loop.soon();
      },
      deps.logger,
    );
    return loop;
  };
  const loops = [run('crl shards', publisher.shardsRound), run('complete crl', publisher.completeRound)];
  return {
    soon() {
      for (const loop of loops) loop.soon();
    },
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await publisher.leases.giveUp();
    },
  };
}

async function sweepReplaced(store: Store, now: Date): Promise<void> {
  const before = new Date(now.getTime() - REPLACED_KEPT_MS);
  for (let sweeps = 0; sweeps < SWEEPS_AT_ONCE; sweeps++) {
    if (!(await store.sweepCrlChunks(before))) return;
  }
}
