import type { Clock } from '../../../core/clock.ts';
import { insert, update } from '../../../core/store/plan.ts';
import type { SnapshotLease } from '../../../core/store/rows.ts';
import type { Store } from '../../../core/store/store.ts';

/** A worker that died is replaced after this long; one that lives renews it with every heartbeat. */
const LEASE_MS = 10_000;

export type SnapshotLeases = {
  /** The row, where this worker publishes for the account; undefined while another one does. */
  claim(accountId: string): Promise<SnapshotLease | undefined>;
  /** Until when it is held from now on, to be written with a heartbeat. */
  renewed(): Pick<SnapshotLease, 'leaseBy' | 'leaseUntil'>;
  /** Lets the others go on at once. */
  giveUp(): Promise<void>;
};

/**
 * Keeps two workers from making the same versions, which would be waste. It is not what keeps them right: the version
 * of the account's row does.
 * @param deps `workerId`: one for each start of a worker.
 */
export function makeSnapshotLeases(deps: { store: Store; clock: Clock; workerId: string }): SnapshotLeases {
  const { store, clock, workerId } = deps;
  const held = new Set<string>();
  const renewed = () => ({ leaseBy: workerId, leaseUntil: new Date(clock.now().getTime() + LEASE_MS) });
  return {
    renewed,
    async claim(accountId) {
      const row = await store.snapshotLease(accountId);
      const leftMs = (row?.leaseUntil?.getTime() ?? 0) - clock.now().getTime();
      // More than a whole lease is left only where the clock has stepped back.
      const taken = leftMs > 0 && leftMs <= LEASE_MS;
      if (row && taken && row.leaseBy !== workerId) return undefined;
      if (row && taken && leftMs > LEASE_MS / 2) return row;
      const committed = await store.commit([
        row
          ? update('snapshotLeases', row, renewed())
          : insert('snapshotLeases', {
              id: accountId,
              ...renewed(),
              heartbeatAt: new Date(0),
              heartbeat: null,
              version: 1,
            }),
      ]);
      if (!committed.ok) return undefined;
      held.add(accountId);
      return store.snapshotLease(accountId);
    },
    async giveUp() {
      for (const id of held) {
        const row = await store.snapshotLease(id);
        if (row?.leaseBy !== workerId) continue;
        await store.commit([update('snapshotLeases', row, { leaseBy: null, leaseUntil: null })]);
      }
      held.clear();
    },
  };
}
