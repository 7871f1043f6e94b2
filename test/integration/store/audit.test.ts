import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { recordEvent } from '../../../core/audit/event.ts';
import { sequenceEvents } from '../../../core/audit/sequence.ts';
import { verifyChain } from '../../../core/audit/verify.ts';
import type { Store } from '../../../core/store/store.ts';
import { type TemporaryStore, temporaryStore } from '../../support/store.ts';

async function record(store: Store, count: number, accountId = 'T1'): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const at = new Date(1_000 * n);
    await store.commit(
      recordEvent('site.added', 'site', { accountId, at, actorId: 'UADA', subjectId: `s${n}`, details: { n } }),
    );
  }
}

/** What somebody with the database file in hand could do: triggers off, then any statement. */
function tamper(store: TemporaryStore, statement: string): void {
  const connection = new Database(store.path);
  for (const table of ['audit_events', 'audit_links']) {
    for (const what of ['update', 'delete']) connection.exec(`drop trigger if exists ${table}_no_${what}`);
  }
  connection.exec(statement);
  connection.close();
}

describe('the audit chain', () => {
  it('puts events in the order of their commit and verifies', async () => {
    await using store = temporaryStore();
    await record(store, 450);
    await record(store, 3, 'T2');
    expect(await sequenceEvents(store)).toBe(453);
    expect(await verifyChain(store, 'T1')).toMatchObject({ intact: 450, waiting: 0, fault: undefined });
    const chain = await store.auditChain('T1', 0, 1000);
    expect(chain.map(({ subjectId }) => subjectId)).toEqual(Array.from({ length: 450 }, (_, n) => `s${n}`));
    expect(await verifyChain(store, 'T2')).toMatchObject({ intact: 3 });
  });

  it('is the same whoever chains: many sequencers at once leave one unbroken chain', async () => {
    await using store = temporaryStore();
    await record(store, 300);
    const chained = await Promise.all(Array.from({ length: 5 }, () => sequenceEvents(store)));
    expect(chained.reduce((sum, n) => sum + n)).toBe(300);
    expect(await verifyChain(store, 'T1')).toMatchObject({ intact: 300, fault: undefined });
  });

  it('goes on where it ended', async () => {
    await using store = temporaryStore();
    await record(store, 2);
    await sequenceEvents(store);
    await record(store, 2);
    expect(await verifyChain(store, 'T1')).toMatchObject({ intact: 2, waiting: 2 });
    await sequenceEvents(store);
    expect(await verifyChain(store, 'T1')).toMatchObject({ intact: 4, waiting: 0 });
  });

  it.each([
    ['a changed actor', "update audit_events set actor_id = 'UEVE' where subject_id = 's4'", 5, /changed after/],
    ['a changed detail', `update audit_events set details = '{"n":5}' where subject_id = 's4'`, 5, /changed after/],
    ['a changed time', "update audit_events set at = at + 1 where subject_id = 's4'", 5, /changed after/],
    ['a removed event', "delete from audit_events where subject_id = 's4'", 5, /missing/],
    ['a removed link', 'delete from audit_links where sequence = 5', 5, /missing/],
    [
      'two events swapped',
      'update audit_links set sequence = case sequence when 5 then -6 else -5 end where sequence in (5, 6); update audit_links set sequence = -sequence where sequence < 0',
      5,
      /does not follow/,
    ],
    ['a hash written anew', "update audit_links set hash = 'ff' where sequence = 5", 5, /changed after/],
    ['a cut-off end', 'delete from audit_links where sequence > 8', 9, /cut off/],
  ])('shows %s, and where', async (_what, statement, sequence, fault) => {
    await using store = temporaryStore();
    await record(store, 10);
    await sequenceEvents(store);
    tamper(store, statement);
    const report = await verifyChain(store, 'T1');
    expect(report.fault).toEqual({ sequence, fault: expect.stringMatching(fault) });
  });
});

describe('npm run audit:verify', () => {
  const run = (database: string) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'core/audit/verify-main.ts'], {
      env: { PATH: process.env['PATH'], DATABASE_URL: `file:${database}` },
      encoding: 'utf8',
    });

  it('says that the chain is intact, or where it breaks, and exits accordingly', async () => {
    await using store = temporaryStore();
    await record(store, 3);
    await sequenceEvents(store);
    expect(run(store.path)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^T1: intact: 3 events, head [0-9a-f]{64}\n$/),
    });
    tamper(store, "update audit_events set actor_id = 'UEVE' where subject_id = 's1'");
    expect(run(store.path)).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^T1: BROKEN after 1 events: event 2/),
    });
  });

  it('makes no database where there is none', async () => {
    await using store = temporaryStore();
    const nowhere = `${store.path}.not`;
    expect(run(nowhere)).toMatchObject({ status: 2, stderr: expect.stringContaining('There is no database') });
    expect(existsSync(nowhere)).toBe(false);
  });
});
