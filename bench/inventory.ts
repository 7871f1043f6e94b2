import { randomUUID } from 'node:crypto';
import { cpus, loadavg } from 'node:os';
import Database from 'better-sqlite3';
import { rolesOf } from '../core/access/access.ts';
import { describeCertificate } from '../core/ca/certificate.ts';
import { makeCursor } from '../core/inventory/cursor.ts';
import { evidenceOf } from '../core/inventory/evidence.ts';
import type { CertificateFilter } from '../core/inventory/filter.ts';
import { resolveList } from '../core/inventory/list.ts';
import { loadOverview } from '../core/inventory/overview.ts';
import { searchCertificates } from '../core/inventory/search.ts';
import { insert, update } from '../core/store/plan.ts';
import type { Account, Certificate } from '../core/store/rows.ts';
import { revocation } from '../test/support/approving.ts';
import { aCertificate } from '../test/support/rows.ts';
import { ACCOUNT, startWorkerRig, type WorkerRig } from '../test/support/worker-rig.ts';
import { carryOut } from '../worker/processor.ts';
import { fillStock, OWNERS, SITES } from './inventory/stock.ts';

/**
 * The same questions to an inventory of 1,000 certificates and to one of 1,000,000, of which a tenth is revoked: a
 * million must be as fast as a thousand. SQLite on disk, one process.
 *
 *     npm run bench:inventory [-- SIZE...]
 */
const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 1_000_000];
const PAGE = 10;
const TIMES = 200;
const WARM_UP = 20;

type Timing = { p50: number; p99: number };
type Table = Map<string, Timing>;

async function time(run: (n: number) => Promise<unknown>, times = TIMES): Promise<Timing> {
  const took: number[] = [];
  for (let n = -WARM_UP; n < times; n += 1) {
    const started = performance.now();
    await run(n + WARM_UP);
    if (n >= 0) took.push(performance.now() - started);
  }
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] as number;
  return { p50: at(0.5), p99: at(0.99) };
}

/** A real certificate, issued in the usual way. */
async function issueOne(rig: WorkerRig): Promise<Certificate> {
  const issue = await rig.recordIssue();
  await rig.settle();
  await rig.recordShow(issue);
  await rig.settle();
  const [certificate] = await rig.store.certificatesOfRequest(issue.id);
  if (!certificate?.certificate) throw new Error('nothing was issued');
  return certificate;
}

async function measure(size: number): Promise<Table> {
  await using rig = await startWorkerRig();
  const { store } = rig;
  const real = await issueOne(rig);
  // What a second person would add is a wait, not work.
  await store.commit([update('accounts', (await store.account(ACCOUNT)) as Account, { openGates: ['revoke'] })]);
  const now = rig.clock.now();
  const filled = performance.now();
  const { accountId, authorityId, tbs } = real;
  fillStock(store.path, size, { accountId, authorityId, tbs, certificate: real.certificate as Buffer, now });
  console.log(`${size.toLocaleString('en')} certificates made in ${Math.round((performance.now() - filled) / 1000)} s`);

  const raw = new Database(store.path, { readonly: true });
  const some = raw
    .prepare(
      "select id, serial, fingerprint from certificates where state = 'active' and not_after > ? and fingerprint is not null order by serial limit 400",
    )
    .all(now.getTime()) as { id: string; serial: string; fingerprint: string }[];
  const at = (n: number) => some[n % some.length] as (typeof some)[number];
  const table: Table = new Map();
  const row = async (name: string, run: (n: number) => Promise<unknown>, times?: number) => {
    table.set(name, await time(run, times));
  };
  const search = (filter: CertificateFilter, after?: string) =>
    searchCertificates(store, { accountId: ACCOUNT, filter, limit: PAGE, now, after });

  await row('list: own', () => search({ owner: 'U0ALICE' }));
  await row("list: somebody's active ones", (n) => search({ owner: `U0P${n % OWNERS}`, state: 'active' }));
  await row('list: all, first page', () => search({}));
  const page = Math.min(1_000, size / PAGE);
  const placed = raw
    .prepare(
      "select created_at, id from certificates where account_id = ? and state in ('active', 'held', 'revoked') order by created_at desc, id desc limit 1 offset ?",
    )
    .get(ACCOUNT, (page - 1) * PAGE - 1) as { created_at: number; id: string };
  const cursor = makeCursor({ along: 'l', at: [placed.created_at, placed.id] }, { accountId: ACCOUNT, filter: {} });
  await row('list: all, page 1,000 (or the last)', () => search({}, cursor));
  for (const state of ['active', 'held', 'revoked', 'expiring', 'expired'] as const) {
    await row(`list: all ${state}`, () => search({ state }));
  }
  await row('list: own, expiring', () => search({ owner: 'U0ALICE', state: 'expiring' }));
  await row('list: a site', (n) => search({ siteId: `site-${(n % SITES) + 1}` }));
  await row('list: a site, revoked, somebody (none are)', (n) =>
    search({ siteId: `site-${(n % SITES) + 1}`, owner: `U0P${n % OWNERS}`, state: 'revoked' }),
  );
  await row('find: serial', (n) => search({ serial: at(n).serial }));
  await row('find: fingerprint', (n) => search({ fingerprint: at(n).fingerprint }));
  await row('find: name, in every second', () => search({ name: 'laptop' }));
  await row('find: name, in one', () => search({ name: 'ZEBRA' }));
  await row('find: name, in none', () => search({ name: 'nowhere' }));
  await row('find: two characters, in none (newest 2,000)', () => search({ name: 'qq' }));
  await row('find: name in every second, own (none are)', () => search({ name: 'laptop', owner: 'U0ALICE' }));
  await row('show: by serial, with history and evidence', async (n) => {
    const { rows } = await search({ serial: at(n).serial });
    const id = rows[0]?.id as string;
    const certificate = (await store.certificate(id)) as Certificate;
    describeCertificate(certificate.certificate as Buffer);
    await store.historyOf([id, certificate.requestId], undefined, 10);
    await evidenceOf(store, ACCOUNT, [id], now);
  });
  await row('evidence of a page', (n) =>
    evidenceOf(
      store,
      ACCOUNT,
      Array.from({ length: PAGE }, (_, i) => at(n + i).id),
      now,
    ),
  );
  const grants = await store.roles(ACCOUNT);
  await row('Home', () => {
    const viewer = { accountId: ACCOUNT, userId: 'U0ALICE' };
    return loadOverview(store, { ...viewer, roles: rolesOf(viewer, grants, []), grants }, now);
  });
  await row('preview of 100 to revoke', () => resolveList(store, ACCOUNT, { owner: 'U0CAROL' }, now));
  await row('revoke: recorded and carried out', async (n) => {
    const request = await rig.record('revoke', { certificateId: at(n).id, ...revocation }, { actorId: 'U0ALICE' });
    await carryOut(rig.jobDeps, request.id);
    if ((await store.request(request.id))?.state !== 'done') throw new Error('not revoked');
  });
  await row('a certificate recorded', () => store.commit([insert('certificates', newRow())]));
  raw.close();
  await measureNames(rig, table);
  return table;
}

const newRow = () => {
  const id = randomUUID();
  return aCertificate({
    id,
    requestId: id,
    serial: id.replaceAll('-', ''),
    name: `new-laptop-${id.slice(0, 6)}`,
    createdAt: new Date(),
  });
};

/** What the index of names costs: the same insert without its trigger. A hundred in one transaction, told for one. */
async function measureNames({ store }: WorkerRig, table: Table): Promise<void> {
  const hundred = () => store.commit(Array.from({ length: 100 }, () => insert('certificates', newRow())));
  const perOne = ({ p50, p99 }: Timing) => ({ p50: p50 / 100, p99: p99 / 100 });
  table.set('a certificate recorded, of 100 at once', perOne(await time(hundred, 50)));
  const raw = new Database(store.path);
  raw.exec('drop trigger certificates_named');
  raw.close();
  table.set('the same without the index of names', perOne(await time(hundred, 50)));
}

const tables: Table[] = [];
for (const size of SIZES) tables.push(await measure(size));

console.log(
  `\nNode ${process.version}, ${cpus().length} cores (${cpus()[0]?.model}), load ${loadavg()[0]?.toFixed(1)} at the end`,
);
console.log(
  `\n| milliseconds, median / 99th percentile | ${SIZES.map((size) => size.toLocaleString('en')).join(' | ')} |`,
);
console.log(`| --- | ${SIZES.map(() => '---').join(' | ')} |`);
for (const name of tables[0]?.keys() ?? []) {
  const cells = tables.map((table) => {
    const { p50, p99 } = table.get(name) as Timing;
    return `${digits(p50)} / ${digits(p99)}`;
  });
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}

function digits(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(0);
}
