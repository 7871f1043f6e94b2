import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../../core/store/open.ts';
import { insert, expect as seen, update, wakeMessage } from '../../../core/store/plan.ts';
import type { Site } from '../../../core/store/rows.ts';
import { aCertificate, anAccount, anAuditEvent, aRequest, aSite } from '../../support/rows.ts';
import { temporaryStore } from '../../support/store.ts';

describe('commit', () => {
  it('writes everything of a plan or nothing', async () => {
    await using store = temporaryStore();
    const account = anAccount();
    expect(await store.commit([insert('accounts', account)])).toEqual({ ok: true });
    const plan = [insert('sites', aSite()), update('accounts', { ...account, version: 7 }, { auditChannel: 'C1' })];
    expect(await store.commit(plan)).toEqual({ ok: false, conflict: 'stale', table: 'accounts' });
    expect(await store.sites(account.id)).toEqual([]);
  });

  it('lets one of two writers who saw the same version win', async () => {
    await using store = temporaryStore();
    const account = anAccount();
    await store.commit([insert('accounts', account)]);
    const [one, two] = await Promise.all([
      store.commit([update('accounts', account, { auditChannel: 'C1' })]),
      store.commit([update('accounts', account, { auditChannel: 'C2' })]),
    ]);
    expect([one, two].filter(({ ok }) => ok)).toHaveLength(1);
    expect((await store.account(account.id))?.version).toBe(2);
  });

  it('fails as a whole when something it rests on has changed', async () => {
    await using store = temporaryStore();
    const account = anAccount();
    await store.commit([insert('accounts', account)]);
    await store.commit([update('accounts', account, { auditChannel: 'C1' })]);
    const outcome = await store.commit([seen('accounts', account), insert('sites', aSite())]);
    expect(outcome).toEqual({ ok: false, conflict: 'stale', table: 'accounts' });
  });

  it('keeps a request with a known idempotency key out', async () => {
    await using store = temporaryStore();
    const request = aRequest({ idempotencyKey: 'view:V1' });
    await store.commit([insert('requests', request)]);
    const again = await store.commit([insert('requests', aRequest({ idempotencyKey: 'view:V1' }))]);
    expect(again).toEqual({ ok: false, conflict: 'duplicate', table: 'requests' });
  });

  it('keeps a second usable certificate of one request out, and a serial used twice', async () => {
    await using store = temporaryStore();
    const first = aCertificate({ requestId: 'i', serial: 'aa' });
    await store.commit([insert('certificates', first)]);
    const duplicate = { ok: false, conflict: 'duplicate', table: 'certificates' };
    expect(await store.commit([insert('certificates', aCertificate({ requestId: 'i', serial: 'bb' }))])).toEqual(
      duplicate,
    );
    expect(await store.commit([insert('certificates', aCertificate({ requestId: 'j', serial: 'aa' }))])).toEqual(
      duplicate,
    );
    const replaced = [
      update('certificates', first, { state: 'revoked' as const }),
      insert('certificates', aCertificate({ requestId: 'i', serial: 'bb' })),
    ];
    expect(await store.commit(replaced)).toEqual({ ok: true });
  });

  it('keeps a site of one account out of another, until it is removed', async () => {
    await using store = temporaryStore();
    const site = aSite();
    await store.commit([insert('sites', site)]);
    expect((await store.commit([insert('sites', aSite({ accountId: 'T2' }))])).ok).toBe(false);
    await store.commit([update('sites', site, { state: 'removed' })]);
    expect((await store.commit([insert('sites', aSite({ accountId: 'T2' }))])).ok).toBe(true);
  });

  it('keeps plans that are wanted at the same moment apart: each is done, overtaken or an error by itself', async () => {
    await using store = temporaryStore();
    const account = anAccount();
    await store.commit([insert('accounts', account)]);
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => aSite({ name: `${name}.example` })) as [
      Site,
      Site,
      Site,
      Site,
    ];
    const stale = update('accounts', { ...account, version: 7 }, { auditChannel: 'C1' });
    const broken = insert('accounts', { ...anAccount({ id: 'T2' }), createdAt: null as never });
    const outcomes = await Promise.allSettled([
      store.commit([insert('sites', a)]),
      store.commit([insert('sites', b), stale]),
      store.commit([insert('sites', c), broken]),
      store.commit([insert('sites', { ...a, id: 'another with its name' })]),
      store.commit([insert('sites', d)]),
    ]);
    expect(outcomes).toMatchObject([
      { value: { ok: true } },
      { value: { ok: false, conflict: 'stale', table: 'accounts' } },
      { status: 'rejected' },
      { value: { ok: false, conflict: 'duplicate', table: 'sites' } },
      { value: { ok: true } },
    ]);
    expect((await store.sites(account.id)).map(({ name }) => name).sort()).toEqual(['a.example', 'd.example']);
  });

  it('is done before the store is closed', async () => {
    await using store = temporaryStore();
    const wanted = store.commit([insert('accounts', anAccount())]);
    await store.close();
    expect(await wanted).toEqual({ ok: true });
  });

  it('says so when the database stays locked, instead of waiting', async () => {
    await using store = temporaryStore();
    const impatient = openStore(`file:${store.path}`, { busyTimeoutMs: 20 });
    const other = new Database(store.path);
    other.exec('BEGIN IMMEDIATE');
    await expect(impatient.commit([insert('accounts', anAccount())])).rejects.toMatchObject({ code: 'busy' });
    other.exec('COMMIT');
    expect((await impatient.commit([insert('accounts', anAccount())])).ok).toBe(true);
    other.close();
    await impatient.close();
  });
});

describe('waiting for another process', () => {
  it('blocks nobody: the event loop goes on, and the commit succeeds when the lock is gone', async () => {
    await using store = temporaryStore();
    const other = new Database(store.path);
    other.exec('BEGIN IMMEDIATE');
    const before = performance.eventLoopUtilization();
    const waiting = store.commit([insert('accounts', anAccount())]);
    const answered = await store.account('T-other');
    await new Promise((resolve) => setTimeout(resolve, 300));
    other.exec('COMMIT');
    expect(await waiting).toEqual({ ok: true });
    expect(answered).toBeUndefined();
    // With a busy timeout in the driver it would never have been idle.
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.8);
    other.close();
  });
});

describe('a message', () => {
  const wake = (now: Date) =>
    wakeMessage({ id: `m${now.getTime()}`, accountId: 'T', subjectId: 's', place: 'requester', now });

  it('is made by the first wake and asked for again by the next, without a version', async () => {
    await using store = temporaryStore();
    await store.commit([wake(new Date(1))]);
    const row = await store.messageOf('s', 'requester');
    await store.commit([wake(new Date(2))]);
    // Whoever was sending it meanwhile can still write down what was sent, and the newer wish stays.
    if (!row) throw new Error('no message');
    expect((await store.commit([update('messages', row, { sent: row.wanted })])).ok).toBe(true);
    expect(await store.messageOf('s', 'requester')).toMatchObject({ id: 'm1', wanted: 2, sent: 1 });
    expect(await store.dueMessages(new Date(3), 10)).toEqual(['m1']);
  });
});

describe('the audit tables', () => {
  it('let nothing be changed or removed', async () => {
    await using store = temporaryStore();
    await store.commit([insert('auditEvents', anAuditEvent({ id: 'e' }))]);
    const other = new Database(store.path);
    expect(() => other.exec("update audit_events set actor_id = 'UEVE'")).toThrow(/append-only/);
    expect(() => other.exec('delete from audit_events')).toThrow(/append-only/);
    other.close();
  });
});

describe('opening', () => {
  it('makes a database nobody else can read', async () => {
    await using store = temporaryStore();
    expect(statSync(store.path).mode & 0o777).toBe(0o600);
  });

  it('migrates once when many processes start together', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'cs-migrate-')), 'countersign.db');
    const start = () =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', 'core/store/migrate-main.ts'], {
        env: { ...process.env, DATABASE_URL: `file:${path}` },
      });
    const started = await Promise.all([start(), start(), start(), start()]);
    for (const { stdout } of started) expect(stdout).toContain('up to date');
    const connection = new Database(path);
    const applied = connection
      .prepare('select count(*) as n, count(distinct hash) as different from __drizzle_migrations')
      .get();
    connection.close();
    const journal = JSON.parse(readFileSync('migrations/sqlite/meta/_journal.json', 'utf8')) as { entries: unknown[] };
    expect(applied).toEqual({ n: journal.entries.length, different: journal.entries.length });
  });

  it('refuses a database of a newer release and changes nothing', async () => {
    await using store = temporaryStore();
    const connection = new Database(store.path);
    connection.exec("insert into __drizzle_migrations (hash, created_at) values ('x', 99999999999999)");
    connection.close();
    expect(() => openStore(`file:${store.path}`)).toThrowError(/newer release/);
  });
});
