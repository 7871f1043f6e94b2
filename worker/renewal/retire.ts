import * as events from '../../core/audit/events.ts';
import { fingerprintOf } from '../../core/ca/generation.ts';
import { mayRetire } from '../../core/renewal/generations.ts';
import { update } from '../../core/store/plan.ts';
import type { JobDeps } from '../deps.ts';

/**
 * Retires generations of authorities whose last certificate has ended: nothing signs with them from then on, and
 * servers need not trust them any more. The audit channel is told with the event.
 */
export async function retireAuthorities(deps: JobDeps): Promise<void> {
  const at = deps.clock.now();
  for (const accountId of await deps.store.accountsInRotation()) {
    const generations = await deps.store.presentAuthorities(accountId);
    for (const generation of generations) {
      const lastEnd = await deps.store.lastEndOf(generation.id);
      if (!mayRetire(generation, generations, lastEnd, at)) continue;
      // Issuing expects the row as it was, so no certificate slips in between the question and this.
      await deps.store.commit([
        update('authorities', generation, { retiredAt: at }),
        ...events.authorityRetired({ accountId, at }, generation, fingerprintOf(generation)),
      ]);
    }
  }
}
