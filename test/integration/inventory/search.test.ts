import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateFilter } from '../../../core/inventory/filter.ts';
import { resolveList } from '../../../core/inventory/list.ts';
import { EXAMINED_AT_MOST } from '../../../core/inventory/route.ts';
import { searchCertificates } from '../../../core/inventory/search.ts';
import { insert } from '../../../core/store/plan.ts';
import type { Walk } from '../../../core/store/questions/inventory.ts';
import type { Certificate } from '../../../core/store/rows.ts';
import { reachQuery, walkQuery } from '../../../core/store/sqlite/questions/inventory-walks.ts';
import { aCertificate } from '../../support/rows.ts';
import { type TemporaryStore, temporaryStore } from '../../support/store.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const DAY = 86_400_000;
const ACCOUNT = 'T0ACME';
const COUNT = 6_000;

/** Numbers that are the same in every run. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
}

const idOf = (n: number) => `c${String(n).padStart(4, '0')}`;
const STATES = ['active', 'active', 'active', 'held', 'revoked', 'intended', 'abandoned'] as const;
const random = makeRandom(7);
const rows: Certificate[] = Array.from({ length: COUNT }, (_, n) => {
  const state = STATES[random(STATES.length)] as Certificate['state'];
  return aCertificate({
    // In the order of their recording, as names are met: within one millisecond the ids tell which is newer.
    id: idOf(n),
    // Some of them belong to a neighbour in the same database.
    accountId: random(10) === 0 ? 'T0OTHER' : ACCOUNT,
    requestId: `r${n}`,
    serial: `4f${n.toString(16).padStart(30, '0')}`,
    fingerprint: n.toString(16).padStart(64, '0'),
    name: random(400) === 0 ? `Ärger-${n}` : `${['laptop', 'laptop', 'phone', 'server'][random(4)]}-${random(500)}`,
    ownerId: random(100) === 0 ? 'U0RARE' : `U0${random(3)}`,
    siteId: `s${random(4)}`,
    state,
    // Several are made in the same millisecond.
    createdAt: new Date(NOW.getTime() - 400 * DAY + Math.floor(n / 3)),
    notAfter: new Date(NOW.getTime() + (random(120) - 60) * DAY + random(3)),
  });
});

let store: TemporaryStore;
beforeAll(async () => {
  store = temporaryStore();
  for (let i = 0; i < rows.length; i += 1_000) {
    await store.commit(rows.slice(i, i + 1_000).map((row) => insert('certificates', row)));
  }
});
afterAll(() => store[Symbol.asyncDispose]());

/** What a filter means, said the slow way. */
function meant(filter: CertificateFilter): Certificate[] {
  const { owner, siteId, state, withinDays = 30, serial, fingerprint, name, issuedBefore, ids } = filter;
  const ended = (row: Certificate) => row.notAfter < NOW;
  const fits = (row: Certificate) =>
    row.accountId === ACCOUNT &&
    ['active', 'held', 'revoked'].includes(row.state) &&
    (owner === undefined || row.ownerId === owner) &&
    (siteId === undefined || row.siteId === siteId) &&
    (serial === undefined || row.serial === serial) &&
    (fingerprint === undefined || row.fingerprint === fingerprint) &&
    (name === undefined || row.name.toLowerCase().includes(name.toLowerCase())) &&
    (issuedBefore === undefined || row.createdAt < new Date(issuedBefore)) &&
    (ids === undefined || ids.includes(row.id)) &&
    (state === undefined || (state === 'held' || state === 'revoked' ? row.state === state : row.state === 'active')) &&
    (state !== 'active' || !ended(row)) &&
    (state !== 'expired' || ended(row)) &&
    (state !== 'expiring' || (!ended(row) && row.notAfter < new Date(NOW.getTime() + withinDays * DAY)));
  const byEnd = state === 'expiring' || state === 'expired';
  const key = (row: Certificate) => (byEnd ? row.notAfter : row.createdAt).getTime();
  const sign = state === 'expiring' ? 1 : -1;
  return rows.filter(fits).sort((a, b) => sign * (key(a) - key(b) || (a.id < b.id ? -1 : 1)));
}

async function allPages(filter: CertificateFilter, limit: number) {
  const found: string[] = [];
  let pages = 0;
  for (let after: string | undefined; ; pages += 1) {
    const page = await searchCertificates(store, { accountId: ACCOUNT, filter, after, limit, now: NOW });
    found.push(...page.rows.map(({ id }) => id));
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    if (page.rows.length < limit) expect(page.exhausted).toBe(page.next !== null);
    else expect(page.exhausted).toBe(false);
    if (page.next === null) return { found, pages };
    expect(page.next.length).toBeLessThan(200);
    after = page.next;
    expect(pages).toBeLessThan(COUNT);
  }
}

const at = (n: number) => (rows[n] as Certificate).createdAt.toISOString();
const FILTERS: CertificateFilter[] = [
  {},
  { owner: 'U01' },
  { owner: 'U0RARE' },
  { owner: 'U0NOBODY' },
  { siteId: 's2' },
  { owner: 'U01', siteId: 's2', state: 'active' },
  { state: 'active' },
  { state: 'held' },
  { state: 'revoked' },
  { state: 'expired' },
  { state: 'expired', owner: 'U0RARE' },
  { state: 'expiring' },
  { state: 'expiring', withinDays: 3 },
  { state: 'expiring', owner: 'U0RARE' },
  { state: 'expiring', owner: 'U01', name: 'PHONE' },
  { state: 'expired', owner: 'U01', siteId: 's3' },
  { state: 'expiring', siteId: 's3' },
  { name: 'laptop' },
  { name: 'LapTop-49' },
  { name: 'top-499' },
  { name: 'ärger' },
  { name: 'ÄR' },
  { name: '9' },
  { name: 'laptop', owner: 'U0RARE' },
  { name: 'hone-4', siteId: 's1', state: 'revoked' },
  { name: 'nowhere' },
  { name: '"% _*\\' },
  { issuedBefore: at(300) },
  { issuedBefore: at(300), owner: 'U02', name: 'server' },
  { issuedBefore: at(3_000), state: 'expiring' },
  { serial: (rows[17] as Certificate).serial },
  { fingerprint: (rows[18] as Certificate).fingerprint as string },
  { ids: [...[1, 2, 3, 4, 5, 6, 7, 8, 9].map(idOf), 'unknown'] },
  { ids: [] },
  { ids: [1, 2, 3, 4, 5].map(idOf), state: 'active' },
];

describe('a search', () => {
  it.each(FILTERS)('finds all that is meant, once, in order, page by page: %j', async (filter) => {
    const expected = meant(filter).map(({ id }) => id);
    expect((await allPages(filter, 37)).found).toEqual(expected);
    expect((await allPages(filter, 100)).found).toEqual(expected);
  });

  it('meets a frequent part of a name in the order of issuing', async () => {
    const search = { accountId: ACCOUNT, filter: { name: 'apt' }, limit: 5, now: NOW };
    expect((await searchCertificates(store, search)).next).toMatch(/^[\w-]{12}\.n\d\./);
    const { found, pages } = await allPages({ name: 'apt' }, 50);
    expect(found).toEqual(meant({ name: 'apt' }).map(({ id }) => id));
    expect(found.length).toBeGreaterThan(1_500);
    expect(pages).toBeGreaterThan(30);
  });

  it('never looks at more than a fixed number of entries, and says that there may be more', async () => {
    const rare = await searchCertificates(store, { accountId: ACCOUNT, filter: { name: 'zzz' }, limit: 10, now: NOW });
    expect(rare).toEqual({ rows: [], exhausted: false, next: null });
    // Two characters are in no index of three: the newest ones are looked at, so many at a time.
    const short = await searchCertificates(store, { accountId: ACCOUNT, filter: { name: 'zz' }, limit: 10, now: NOW });
    expect(short).toMatchObject({ rows: [], exhausted: true });
    const ours = rows.filter(({ accountId }) => accountId === ACCOUNT).length;
    expect(ours).toBeLessThan(COUNT);
    expect((await allPages({ name: 'zz' }, 10)).pages).toBe(Math.floor(ours / EXAMINED_AT_MOST));
  });

  it('goes on where it was when newer certificates are issued between two pages', async () => {
    const search = { accountId: ACCOUNT, filter: { owner: 'U0RARE' }, limit: 5, now: NOW };
    const first = await searchCertificates(store, search);
    const newer = aCertificate({
      id: 'newer',
      requestId: 'newer',
      serial: 'ee',
      ownerId: 'U0RARE',
      createdAt: NOW,
      state: 'abandoned',
    });
    await store.commit([insert('certificates', newer)]);
    const second = await searchCertificates(store, { ...search, after: first.next as string });
    const expected = meant({ owner: 'U0RARE' }).map(({ id }) => id);
    expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(expected.slice(0, 10));
  });

  it('takes a cursor of another filter, of another account, or of nobody for none', async () => {
    const search = { accountId: ACCOUNT, filter: { owner: 'U01' }, limit: 5, now: NOW };
    const first = await searchCertificates(store, search);
    const own = (await searchCertificates(store, { ...search, after: first.next as string })).rows;
    expect(own[0]?.id).not.toBe(first.rows[0]?.id);
    const [hash = ''] = (first.next as string).split('.');
    const foreign = await searchCertificates(store, { ...search, accountId: 'T0OTHER' });
    const another = await searchCertificates(store, { ...search, filter: { owner: 'U02' } });
    const forged = [
      foreign.next,
      another.next,
      '',
      'x',
      `${hash}.l.zz`,
      `${hash}.n9.1.c1`,
      `${hash}.l.zzzzzzzzzzzzz.c1`,
      `${hash}.l.1.' or 1=1 --`,
    ];
    for (const after of forged) {
      const page = await searchCertificates(store, { ...search, after: after ?? undefined });
      expect(page.rows.map(({ id }) => id)).toEqual(first.rows.map(({ id }) => id));
    }
    // A place that was made up is a place, within what the person sees anyway.
    const moved = await searchCertificates(store, { ...search, after: `${hash}.l.zzzzzzzzz.c1` });
    expect(moved.rows.every(({ accountId, ownerId }) => accountId === ACCOUNT && ownerId === 'U01')).toBe(true);
  });
});

describe('the list of a filter', () => {
  it.each(FILTERS)('is what can be revoked of what is meant: %j', async (filter) => {
    const list = await resolveList(store, ACCOUNT, filter, NOW);
    const expected = meant(filter).filter((row) => row.state !== 'revoked' && row.notAfter >= NOW);
    expect(list.items.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
    expect(await resolveList(store, ACCOUNT, filter, NOW)).toEqual(list);
    expect(list.digest).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the queries', () => {
  const walks: Walk[] = [
    { along: 'account' },
    { along: 'owner', ownerId: 'U01' },
    { along: 'site', siteId: 's1' },
    { along: 'state', state: 'held' },
    { along: 'ending', from: NOW, before: new Date(NOW.getTime() + DAY), upwards: true },
    { along: 'ending', from: new Date(0), before: NOW, upwards: false },
    { along: 'ending', ownerId: 'U01', from: NOW, before: new Date(NOW.getTime() + DAY), upwards: true },
    { along: 'name', trigram: 'lap' },
    { along: 'serial', serial: '4f' },
    { along: 'fingerprint', fingerprint: 'ab' },
    { along: 'ids', ids: ['c1', 'c2'] },
  ];
  const restriction = {
    states: ['active'],
    ownerId: 'U01',
    siteId: 's1',
    name: 'x',
    endsFrom: NOW,
    createdBefore: NOW,
  } as const;

  it.each(walks)('walk one index, scan no table and sort nothing: %j', (walk) => {
    const connection = new Database(store.path, { readonly: true });
    connection.function('fold', { deterministic: true }, (text) => text);
    const db = drizzle(connection);
    const place = [NOW.getTime(), 'c1'] as const;
    const queries = [
      walkQuery(db, ACCOUNT, walk, { from: undefined, upTo: undefined, limit: 10 }, restriction),
      walkQuery(db, ACCOUNT, walk, { from: place, upTo: place, limit: 10 }, restriction),
      ...(['serial', 'fingerprint', 'ids'].includes(walk.along) ? [] : [reachQuery(db, ACCOUNT, walk, place, 2_000)]),
    ];
    for (const query of queries) {
      const { sql, params } = query.toSQL();
      const plan = connection.prepare(`explain query plan ${sql}`).all(...params) as { detail: string }[];
      const steps = plan.map(({ detail }) => detail).filter((detail) => !detail.includes('SCALAR SUBQUERY'));
      for (const step of steps)
        expect(step).toMatch(
          /^SEARCH certificates USING (COVERING )?INDEX|^SCAN certificate_names VIRTUAL TABLE INDEX/,
        );
      expect(steps.join()).not.toContain('TEMP B-TREE');
      if (query !== queries[0] && walk.along !== 'name' && !['serial', 'fingerprint', 'ids'].includes(walk.along)) {
        // The place is found by the index as well, not by passing everything before it.
        expect(steps[0]).toMatch(/(created_at|not_after),id\)[<>]|(created_at|not_after)[<>]/);
      }
    }
    connection.close();
  });
});
