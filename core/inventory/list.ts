import { createHash } from 'node:crypto';
import { makeBreathe } from '../breathe.ts';
import type { Found, Position, Restriction, Walk } from '../store/questions/inventory.ts';
import type { Store } from '../store/store.ts';
import { type CertificateFilter, MOST_AT_ONCE } from './filter.ts';
import { restrictionOf } from './restriction.ts';
import { walkOfList } from './route.ts';

export type ListItem = Pick<Found, 'id' | 'version' | 'ownerId'>;

export type ResolvedList = {
  /** In the order that the digest is over. */
  items: ListItem[];
  /** SHA-256 over ids and versions in their order, in hexadecimal: the same for the same list in the same state. */
  digest: string;
  /** There are more than `MOST_AT_ONCE`; the list holds that many, and must not be carried out. */
  tooMany: boolean;
};

/** Entries of an index read in one go: a few milliseconds. */
const SLICE = 500;

/**
 * Everything that a filter means and that can be revoked: active or suspended, and not ended. Read in slices between
 * which others get their turn, along one walk whose order depends on the filter alone: who resolves it again, in
 * whichever process, gets the same digest, unless the list or one of its certificates has changed.
 */
export async function resolveList(
  store: Store,
  accountId: string,
  filter: CertificateFilter,
  now: Date,
): Promise<ResolvedList> {
  const restriction = revocable(restrictionOf(filter, now), now);
  const items: ListItem[] = [];
  if (restriction.states.length > 0) {
    const walk = await walkOfList(store, { accountId, filter, now });
    for await (const found of slicesOf(store, accountId, walk, restriction)) {
      for (const { id, version, ownerId } of found) items.push({ id, version, ownerId });
      if (items.length > MOST_AT_ONCE) return { items: items.slice(0, MOST_AT_ONCE), digest: '', tooMany: true };
    }
  }
  return { items, digest: await digestOf(items), tooMany: false };
}

function revocable(restriction: Restriction, now: Date): Restriction {
  const { states, endsFrom } = restriction;
  return {
    ...restriction,
    states: states.filter((state) => state !== 'revoked'),
    endsFrom: endsFrom !== undefined && endsFrom > now ? endsFrom : now,
  };
}

async function* slicesOf(
  store: Store,
  accountId: string,
  walk: Walk,
  restriction: Restriction,
): AsyncGenerator<readonly Found[]> {
  if (walk.along === 'serial' || walk.along === 'fingerprint' || walk.along === 'ids') {
    const few = await store.inventoryWalk(
      accountId,
      walk,
      { from: undefined, upTo: undefined, limit: SLICE },
      restriction,
    );
    yield few.sort((a, b) => (a.id < b.id ? -1 : 1));
    return;
  }
  const breathe = makeBreathe();
  for (let from: Position | undefined; ; ) {
    const reach = await store.inventoryReach(accountId, walk, from, SLICE);
    yield await store.inventoryWalk(accountId, walk, { from, upTo: reach?.at, limit: SLICE }, restriction);
    if (reach === undefined) return;
    from = reach.at;
    await breathe();
  }
}

async function digestOf(items: readonly ListItem[]): Promise<string> {
  const hash = createHash('sha256');
  const breathe = makeBreathe();
  for (let i = 0; i < items.length; i += SLICE) {
    hash.update(
      items
        .slice(i, i + SLICE)
        .map(({ id, version }) => `${id}:${version}\n`)
        .join(''),
    );
    await breathe();
  }
  return hash.digest('hex');
}
