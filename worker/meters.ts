import { type Labels, type Meter, meterId } from '../core/meters.ts';
import { count } from '../core/store/plan.ts';
import type { Store } from '../core/store/store.ts';

/** Counts in memory; what was counted is added to the database's counters once a second. */
export type Meters = {
  add<M extends Meter>(meter: M, labels: Labels<M>): void;
  /** Nothing is lost where it fails: it is added the next time. */
  flush(store: Store): Promise<void>;
};

export function makeMeters(): Meters {
  let counts = new Map<string, number>();
  const add = (id: string, value: number) => void counts.set(id, (counts.get(id) ?? 0) + value);
  return {
    add: (meter, labels) => add(meterId(meter, labels), 1),
    async flush(store) {
      if (counts.size === 0) return;
      const flushed = counts;
      counts = new Map();
      try {
        await store.commit([...flushed].map(([id, value]) => count(id, value)));
      } catch (error) {
        for (const [id, value] of flushed) add(id, value);
        throw error;
      }
    },
  };
}
