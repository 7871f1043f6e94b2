import { foldName } from '../store/fold.ts';
import type { Position, Walk } from '../store/questions/inventory.ts';
import type { Store } from '../store/store.ts';
import type { CertificateFilter } from './filter.ts';
import { endOfSoon, sortsByEnd } from './restriction.ts';

/** However large the inventory: a call looks at no more entries of an index than this. */
export const EXAMINED_AT_MOST = 2_000;
/** Of a long name, so many triples of characters are tried for the rarest one. */
const TRIED_TRIGRAMS = 6;

/** The position of a cursor is in the order of the list... */
const IN_ORDER = 'l';
/** ...or in the order of the names with a certain triple of characters; its number follows. */
const BY_NAME = 'n';

/**
 * Which way a search takes. `whole`: so few entries that all of them are read. Otherwise the walk begins after `from`
 * and stops at `reach`, or runs to its end where that is near.
 */
export type Route = { walk: Walk; along: string; from: Position | undefined } & (
  | { whole: true }
  | { whole: false; reach: Position | undefined }
);

type Asked = { accountId: string; filter: CertificateFilter; now: Date };

/**
 * Takes what names few certificates first. Of the walks that are left, each is probed for as many entries as may be
 * looked at; the one that ends within them, or else gets furthest back in time, covers most with the same work.
 */
export async function chooseRoute(
  store: Store,
  asked: Asked,
  cursor: { along: string; at: Position } | undefined,
): Promise<Route> {
  const { accountId, filter } = asked;
  const from = cursor?.along === IN_ORDER ? cursor.at : startOf(filter);
  const few = fewOf(filter);
  if (few) return { walk: few, along: IN_ORDER, from, whole: true };

  const trigrams = trigramsOf(filter.name);
  const probe = (walk: Walk, after: Position | undefined) =>
    store.inventoryReach(accountId, walk, after, EXAMINED_AT_MOST);
  const byName = (n: number): Walk => ({ along: 'name', trigram: trigrams[n] as string });

  // A walk along names is gone on with: its places mean nothing to another.
  const continued = cursor?.along.startsWith(BY_NAME) ? Number(cursor.along.slice(1)) : undefined;
  if (cursor && continued !== undefined && trigrams[continued] !== undefined) {
    const reach = await probe(byName(continued), cursor.at);
    return { walk: byName(continued), along: cursor.along, from: cursor.at, whole: false, reach: reach?.at };
  }

  const candidates: (Route & { reachesBackTo: number })[] = [];
  for (const walk of walksInOrder(asked)) {
    const reach = await probe(walk, from);
    if (reach === undefined) return { walk, along: IN_ORDER, from, whole: false, reach: undefined };
    const reachesBackTo = reach.createdAt.getTime();
    candidates.push({ walk, along: IN_ORDER, from, whole: false, reach: reach.at, reachesBackTo });
  }
  for (const [n, walk] of [...trigrams.map((_, n) => [n, byName(n)] as const), ...outOfOrder(filter)]) {
    const reach = await probe(walk, undefined);
    if (reach === undefined) return { walk, along: IN_ORDER, from, whole: true };
    const reachesBackTo = reach.createdAt.getTime();
    const startsHere = n !== undefined && cursor === undefined && !sortsByEnd(filter);
    const along = `${BY_NAME}${n}`;
    if (startsHere) candidates.push({ walk, along, from: undefined, whole: false, reach: reach.at, reachesBackTo });
  }
  return candidates.reduce((best, other) => (other.reachesBackTo < best.reachesBackTo ? other : best));
}

/**
 * The one walk along which a whole list is read. Its order depends on the filter alone, whatever is in the database:
 * all walks along names have the same order.
 */
export async function walkOfList(store: Store, asked: Asked): Promise<Walk> {
  const { accountId, filter } = asked;
  const few = fewOf(filter);
  if (few) return few;
  const byName = filter.owner === undefined && filter.siteId === undefined && !sortsByEnd(filter);
  const trigrams = byName ? trigramsOf(filter.name) : [];
  if (trigrams.length === 0) return walksInOrder(asked)[0] as Walk;
  const probes = trigrams.map(async (trigram) => {
    const walk: Walk = { along: 'name', trigram };
    const reach = await store.inventoryReach(accountId, walk, undefined, EXAMINED_AT_MOST);
    return { walk, reachesBackTo: reach?.createdAt.getTime() ?? 0 };
  });
  const tried = await Promise.all(probes);
  return tried.reduce((best, other) => (other.reachesBackTo < best.reachesBackTo ? other : best)).walk;
}

/** Nobody has more than a few certificates with one serial or fingerprint, and a selection is short. */
function fewOf({ serial, fingerprint, ids }: CertificateFilter): Walk | undefined {
  if (serial !== undefined) return { along: 'serial', serial };
  if (fingerprint !== undefined) return { along: 'fingerprint', fingerprint };
  return ids === undefined ? undefined : { along: 'ids', ids };
}

/** Walks that meet the certificates in the order they are listed in; the first of equals is taken. */
function walksInOrder({ filter, now }: Asked): Walk[] {
  const { owner, siteId, state } = filter;
  if (state === 'expiring')
    return [{ along: 'ending', ownerId: owner, from: now, before: endOfSoon(filter, now), upwards: true }];
  if (state === 'expired') return [{ along: 'ending', ownerId: owner, from: new Date(0), before: now, upwards: false }];
  return [
    ...(owner === undefined ? [] : [{ along: 'owner', ownerId: owner } as const]),
    ...(siteId === undefined ? [] : [{ along: 'site', siteId } as const]),
    ...(state === undefined ? [] : [{ along: 'state', state } as const]),
    { along: 'account' },
  ];
}

/** For a list by the end, the certificates of a site are of use only where they are few. */
function outOfOrder(filter: CertificateFilter): (readonly [undefined, Walk])[] {
  const { siteId } = filter;
  return sortsByEnd(filter) && siteId !== undefined ? [[undefined, { along: 'site', siteId }]] : [];
}

/** The walks from the newest on begin where `issuedBefore` allows. */
function startOf(filter: CertificateFilter): Position | undefined {
  if (filter.issuedBefore === undefined || sortsByEnd(filter)) return undefined;
  return [new Date(filter.issuedBefore).getTime(), ''];
}

/** A few of the triples of characters in a name; none where it is shorter: then every name on the way is looked at. */
function trigramsOf(name: string | undefined): string[] {
  const points = [...foldName(name ?? '')];
  const all = [...new Set(points.slice(2).map((_, n) => points.slice(n, n + 3).join('')))];
  const step = Math.max(1, all.length / TRIED_TRIGRAMS);
  return Array.from({ length: Math.min(all.length, TRIED_TRIGRAMS) }, (_, n) => all[Math.floor(n * step)] as string);
}
