import { bindingId, MANAGED } from '../../core/bindings/verbs.ts';
import { type HostnameStock, loadHostnames } from '../../core/hostnames/stock.ts';
import { expect, insert, type Plan, update } from '../../core/store/plan.ts';
import type { Binding, Site } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';

/**
 * The lists of a site, to be changed: its managed row is made where it is missing, so that every change has a row to
 * expect and two of them cannot both think that there is none.
 */
export async function loadRows(deps: Pick<JobDeps, 'store' | 'clock'>, site: Site): Promise<HostnameStock> {
  const id = bindingId(site.id, MANAGED);
  if (!(await deps.store.binding(id))) {
    const { accountId, id: siteId } = site;
    const now = deps.clock.now();
    const row = { id, accountId, siteId, authorityId: MANAGED, hostnames: [], updatedAt: now, version: 1 };
    // Where another worker was faster, its row is read below.
    await deps.store.commit([insert('bindings', row)]);
  }
  return loadHostnames(deps.store, site);
}

/**
 * Writes one list, and holds all others to what they were when it was decided. A list that nobody has changed before may
 * be younger than what somebody else has just read: the managed rows, which everybody has read, tell them.
 */
export function planRow(rows: readonly Binding[], target: Binding, hostnames: readonly string[], at: Date): Plan {
  const first = target.version === 1;
  return rows.map((row) => {
    if (row.id === target.id) return update('bindings', row, { hostnames: [...hostnames], updatedAt: at });
    return first && row.authorityId === MANAGED ? update('bindings', row, {}) : expect('bindings', row);
  });
}
