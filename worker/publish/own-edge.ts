import { deriveOwnEdge, OWN_EDGE } from '../../core/edges/own.ts';
import { provePin } from '../../core/edges/pin.ts';
import { insert, update } from '../../core/store/plan.ts';
import type { Edge } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { type SnapshotDeps, signingKeys } from './snapshot/account.ts';

/**
 * Lets the installation's own gateway in, as an edge of its one account; with several accounts there is no telling whose
 * it would be, and each adds its own. One that an administrator has removed stays removed.
 */
export async function keepOwnEdge(deps: Omit<SnapshotDeps, 'logger'>): Promise<void> {
  const { store, clock, keys } = deps;
  if (!keys.edge) return;
  const there = await store.edge(OWN_EDGE.id);
  if (there?.state === 'removed') return;
  const { secretHash, pinSecret } = deriveOwnEdge(keys.edge);
  if (there?.credentialHash === secretHash) return;
  const accountId = there?.accountId ?? (await store.onlyAccount());
  if (accountId === undefined) return;
  const [first] = await signingKeys(deps, accountId);
  if (!first) return;
  const { publicKey } = first;
  const pin = { key: publicKey, proof: provePin(pinSecret, { account: accountId, pinnedKey: publicKey }) };
  if (there) {
    // The master key is another one.
    await store.commit([update('edges', there, { credentialHash: secretHash, pin })]);
    return;
  }
  const now = clock.now();
  const edge: Edge = {
    ...OWN_EDGE,
    name: await freeName(store, accountId),
    accountId,
    state: 'active',
    credentialHash: secretHash,
    pin,
    requestId: null,
    createdBy: 'system',
    createdAt: now,
    // Nobody has to be shown anything: it counts among the edges from here on.
    shownAt: now,
    endedAt: null,
    version: 1,
  };
  await store.commit([insert('edges', edge)]);
}

/** Somebody may have given an edge of theirs its name: it is called `gateway-2` then. */
async function freeName(store: Pick<Store, 'edges'>, accountId: string): Promise<string> {
  const taken = new Set((await store.edges(accountId)).map(({ name }) => name));
  for (let number = 1; ; number++) {
    const name = number === 1 ? OWN_EDGE.name : `${OWN_EDGE.name}-${number}`;
    if (!taken.has(name)) return name;
  }
}
