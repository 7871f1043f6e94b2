import type { Clock } from '../../core/clock.ts';
import { update } from '../../core/store/plan.ts';
import type { Publication } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';

export type PublishingLeases = {
  /** Whether this worker publishes for the authority for at least half a lease from now on. */
  claim(publication: Publication): Promise<boolean>;
  /** Lets the others go on at once. */
  giveUp(): Promise<void>;
};

/**
 * Keeps two workers from making the same CRLs, which would be waste. It is not what keeps them right: the versions of
 * the rows do.
 * @param workerId one for each start of a worker.
 */
export function makePublishingLeases(deps: {
  store: Store;
  clock: Clock;
  workerId: string;
  leaseMs: number;
}): PublishingLeases {
  const { store, clock, workerId, leaseMs } = deps;
  const held = new Set<string>();
  return {
    async claim(publication) {
      const { leaseBy, leaseUntil } = publication;
      const leftMs = (leaseUntil?.getTime() ?? 0) - clock.now().getTime();
      // More than a whole lease is left only where the clock has stepped back.
      if (leftMs > 0 && leftMs <= leaseMs && leaseBy !== workerId) return false;
      if (leftMs > leaseMs / 2 && leftMs <= leaseMs) return true;
      const until = new Date(clock.now().getTime() + leaseMs);
      const committed = await store.commit([
        update('publications', publication, { leaseBy: workerId, leaseUntil: until }),
      ]);
      if (committed.ok) held.add(publication.id);
      return committed.ok;
    },
    async giveUp() {
      for (const id of held) {
        const row = await store.publication(id);
        if (row?.leaseBy !== workerId) continue;
        await store.commit([update('publications', row, { leaseBy: null, leaseUntil: null })]);
      }
      held.clear();
    },
  };
}
