import type { Found, ListedCertificate, Position, Restriction } from '../store/questions/inventory.ts';
import type { Store } from '../store/store.ts';
import { type Cursor, makeCursor, readCursor } from './cursor.ts';
import type { CertificateFilter } from './filter.ts';
import { restrictionOf, sortsByEnd } from './restriction.ts';
import { chooseRoute, EXAMINED_AT_MOST, type Route } from './route.ts';

export type Search = {
  accountId: string;
  filter: CertificateFilter;
  after?: Cursor | undefined;
  /** Rows on a page, at most 100. */
  limit: number;
  now: Date;
};

export type SearchPage = {
  rows: ListedCertificate[];
  /** Where to go on; null when there is nothing more. */
  next: Cursor | null;
  /**
   * The call has looked at as many entries as it may before the page was full: there may be more further on, also when
   * `rows` is empty. Offer to search further rather than a next page. Never true when `next` is null.
   */
  exhausted: boolean;
};

type Page = { found: readonly Found[]; next: { along: string; at: Position } | undefined; exhausted: boolean };

/**
 * One page of the certificates that a filter means: newest first; those that end soon by their end, the next to end
 * first; those that have ended by their end as well, the last to end first. The time it takes does not grow with the
 * inventory: it walks one index and looks at no more than `EXAMINED_AT_MOST` of its entries.
 * Certificates that were never issued are never shown. Nothing here decides who may see what.
 */
export async function searchCertificates(store: Store, search: Search): Promise<SearchPage> {
  const { accountId, filter, now } = search;
  const limit = Math.max(1, Math.min(search.limit, 100));
  const restriction = restrictionOf(filter, now);
  const route = await chooseRoute(store, search, readCursor(search.after, search));
  const { found, next, exhausted } = route.whole
    ? await pageOfWhole(store, search, route, restriction, limit)
    : await pageOfWalk(store, search, route, restriction, limit);
  const rows = await store.listedCertificates(
    accountId,
    found.map(({ id }) => id),
  );
  return { rows, next: next === undefined ? null : makeCursor(next, search), exhausted };
}

async function pageOfWalk(
  store: Store,
  { accountId }: Search,
  { walk, along, from, reach }: Extract<Route, { whole: false }>,
  restriction: Restriction,
  limit: number,
): Promise<Page> {
  const found = await store.inventoryWalk(accountId, walk, { from, upTo: reach, limit: limit + 1 }, restriction);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  if (found.length > limit && last) return { found: page, next: { along, at: last.at }, exhausted: false };
  if (reach === undefined) return { found: page, next: undefined, exhausted: false };
  return { found: page, next: { along, at: reach }, exhausted: page.length < limit };
}

/** So few that all of them are read and put in order here. */
async function pageOfWhole(
  store: Store,
  { accountId, filter }: Search,
  { walk, along, from }: Extract<Route, { whole: true }>,
  restriction: Restriction,
  limit: number,
): Promise<Page> {
  const stretch = { from: undefined, upTo: undefined, limit: EXAMINED_AT_MOST };
  const all = await store.inventoryWalk(accountId, walk, stretch, restriction);
  const byEnd = sortsByEnd(filter);
  const upwards = filter.state === 'expiring';
  const placed = all
    .map((found) => ({ ...found, at: [(byEnd ? found.notAfter : found.createdAt).getTime(), found.id] as const }))
    .sort((a, b) => (upwards ? compare(a.at, b.at) : compare(b.at, a.at)));
  const left =
    from === undefined ? placed : placed.filter(({ at }) => (upwards ? compare(at, from) : compare(from, at)) > 0);
  const page = left.slice(0, limit);
  const last = page.at(-1);
  const more = left.length > limit && last !== undefined;
  return { found: page, next: more ? { along, at: last.at } : undefined, exhausted: false };
}

function compare(a: Position, b: Position): number {
  return a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0);
}
