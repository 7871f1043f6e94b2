import type { Site } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import type { DecidedBy } from '../waf/certain.ts';
import { type Gap, gapsOf, type LimitedEdge } from '../waf/gaps.ts';

type LimitedStore = Pick<Store, 'edges' | 'edgeStates' | 'bindingsOfSites'>;

/** Edges of the account that have said of themselves that their proxy cannot ask. */
export async function limitedEdges(store: LimitedStore, accountId: string): Promise<LimitedEdge[]> {
  const [edges, states] = await Promise.all([store.edges(accountId), store.edgeStates(accountId)]);
  const limits = new Map(states.map((state) => [state.id, state.limits]));
  return edges.flatMap(({ id, name, kind }) => {
    const said = limits.get(id);
    // A gateway asks nobody, whatever somebody says with its credential.
    return said && kind !== 'gateway' ? [{ id, name, ...said }] : [];
  });
}

/** Tells where a rule of the site cannot be enforced. */
export async function findGaps(
  store: LimitedStore,
  site: Pick<Site, 'id' | 'name' | 'accountId'>,
): Promise<(rule: DecidedBy) => Gap[]> {
  const limited = await limitedEdges(store, site.accountId);
  if (limited.length === 0) return () => [];
  const bound = (await store.bindingsOfSites([site.id])).flatMap(({ hostnames }) => hostnames);
  return (rule) => gapsOf(rule, { site: site.name, bound }, limited);
}
