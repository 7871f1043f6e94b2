import 'reflect-metadata/lite';
import { randomBytes, randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { makeAuthorities } from '../../../core/ca/account-authority.ts';
import { shardOf } from '../../../core/ca/crl/crl.ts';
import { planRevocation } from '../../../core/ca/revoke.ts';
import { makeSerial } from '../../../core/ca/serial.ts';
import { openStore } from '../../../core/store/open.ts';
import { insert } from '../../../core/store/plan.ts';
import type { Certificate } from '../../../core/store/rows.ts';
import { buildCrl } from '../../../worker/publish/build.ts';
import { putInForce } from '../../../worker/publish/put-in-force.ts';
import { makePublisher } from '../../../worker/publish/start.ts';
import { makeFolder, run } from '../../fixtures/ca/issuing.ts';
import { aRequest } from '../../support/rows.ts';
import { describeWith } from '../../support/tools.ts';
import { ACCOUNT } from '../../support/worker-rig.ts';
import { certificateOf, change, crlOf, settlePublisher, startPublishingRig, stored } from './publisher.ts';

const SERIAL = '4f00112233445566778899aabbccddee';
const SHARD = shardOf(SERIAL);

const serialsIn = (der: Buffer) => new x509.X509Crl(der).entries.map(({ serialNumber }) => serialNumber);
const count = (path: string, query: string) => {
  const connection = new Database(path, { readonly: true });
  const { n } = connection.prepare(query).get() as { n: number };
  connection.close();
  return n;
};
/** Octets that belong to no CRL and that nothing will sweep. */
const LOST = `select count(*) n from crl_chunks where content_id not in (select content_id from crls)
  and content_id not in (select id from crl_leftovers)`;

describe('two workers', () => {
  it('that made the same CRL put one of them in force; what the other wrote is swept', async () => {
    await using rig = await startPublishingRig();
    await settlePublisher(rig.publisher);
    const certificate = await stored(rig, certificateOf(rig.authority.id, SERIAL));
    await change(rig, certificate.id, 'revoked');
    const previous = await rig.store.crl(`${rig.authority.id}:${SHARD}`);
    const open = rig.jobDeps.authorities.open(rig.authority);
    const built = await Promise.all([1, 2].map(() => buildCrl(rig.jobDeps, open, SHARD, previous)));
    const done = await Promise.all(built.map((crl) => putInForce(rig.jobDeps, rig.authority, [crl])));
    expect(done.sort()).toEqual([false, true]);
    expect(serialsIn((await crlOf(rig.store, rig.authority.id, SHARD)).der)).toEqual([SERIAL]);
    expect(count(rig.store.path, 'select count(*) n from crl_leftovers')).toBe(2);
    rig.clock.advance(5 * 60_000);
    await settlePublisher(rig.publisher);
    rig.clock.advance(11 * 60_000);
    await settlePublisher(rig.publisher);
    expect(count(rig.store.path, 'select count(*) n from crl_leftovers')).toBe(0);
    expect(count(rig.store.path, 'select count(*) n from crl_chunks')).toBe(129);
    expect(count(rig.store.path, LOST)).toBe(0);
  });

  it('share the work: one publishes, the other waits for its lease, which a stop gives up at once', async () => {
    await using rig = await startPublishingRig();
    const other = makePublisher(rig.jobDeps);
    await settlePublisher(rig.publisher);
    rig.clock.advance(20_000);
    const certificate = await stored(rig, certificateOf(rig.authority.id, SERIAL));
    await change(rig, certificate.id, 'held');
    expect(await settlePublisher(other)).toBe(0);
    await rig.publisher.leases.giveUp();
    expect(await settlePublisher(other)).toBe(2);
    // The other one died without a word: its work is taken over when its lease has run out.
    rig.clock.advance(20_000);
    await change(rig, certificate.id, 'released');
    expect(await settlePublisher(rig.publisher)).toBe(0);
    rig.clock.advance(31_000);
    expect(await settlePublisher(rig.publisher)).toBe(2);
  });

  it('that publish all at once for many changes end with what the rows say', async () => {
    await using rig = await startPublishingRig();
    const other = makePublisher(rig.jobDeps);
    const certificates = await Promise.all(
      Array.from({ length: 60 }, () => stored(rig, certificateOf(rig.authority.id, makeSerial(randomBytes)))),
    );
    await Promise.all([settlePublisher(rig.publisher), settlePublisher(other)]);
    for (const { id } of certificates) {
      await change(rig, id, 'revoked');
      await Promise.all([rig.publisher.shardsRound(), other.shardsRound(), other.completeRound()]);
    }
    rig.clock.advance(60_000);
    await settlePublisher(other);
    await settlePublisher(rig.publisher);
    const expected = certificates.map(({ serial }) => serial).sort();
    expect(serialsIn((await crlOf(rig.store, rig.authority.id, 'complete')).der).sort()).toEqual(expected);
    const sharded: string[] = [];
    for (let shard = 0; shard < 128; shard++) {
      sharded.push(...serialsIn((await crlOf(rig.store, rig.authority.id, shard)).der));
    }
    expect(sharded.sort()).toEqual(expected);
    expect(count(rig.store.path, LOST)).toBe(0);
  });
});

describe('a publisher that dies', () => {
  const moments = Array.from({ length: 6 }, (_, n) => n + 1).flatMap((n) => [
    [n, 'before' as const] as const,
    [n, 'after' as const] as const,
  ]);

  it.each(moments)('at commit %i (%s): the next one publishes, and tells whoever asked', async (n, when) => {
    await using rig = await startPublishingRig();
    await settlePublisher(rig.publisher);
    const certificate = await stored(rig, certificateOf(rig.authority.id, SERIAL));
    const request = aRequest({ id: randomUUID(), accountId: ACCOUNT, kind: 'suspend', state: 'done' });
    await rig.store.commit([insert('requests', request)]);
    await change(rig, certificate.id, 'held', request.id);
    rig.clock.advance(31_000);
    rig.dieAtCommit(n, when);
    await rig.publisher.shardsRound().catch(() => undefined);
    await rig.publisher.completeRound().catch(() => undefined);
    rig.restart();
    await settlePublisher(makePublisher(rig.jobDeps));
    for (const scope of [SHARD, 'complete'] as const) {
      expect(serialsIn((await crlOf(rig.store, rig.authority.id, scope)).der)).toEqual([SERIAL]);
    }
    expect(await rig.store.messageOf(request.id, 'requester')).toMatchObject({ wanted: 1 });
    rig.clock.advance(11 * 60_000);
    await settlePublisher(makePublisher(rig.jobDeps));
    expect(count(rig.store.path, LOST)).toBe(0);
    expect(count(rig.store.path, 'select count(*) n from crl_leftovers')).toBe(0);
  });

  it.each([1, 4, 9, 16])('at commit %i of the first 129: the next one makes what is missing', async (n) => {
    await using rig = await startPublishingRig();
    rig.dieAtCommit(n, 'before');
    await rig.publisher.shardsRound().catch(() => undefined);
    expect(rig.isDead).toBe(true);
    rig.restart();
    await settlePublisher(makePublisher(rig.jobDeps));
    expect(await rig.store.crlsOf(rig.authority.id)).toHaveLength(129);
    expect(await rig.store.publicationsDue(10)).toEqual([]);
  });

  it('after a new address was recorded: every shard names it nevertheless', async () => {
    await using rig = await startPublishingRig();
    await settlePublisher(rig.publisher);
    const moved = makeAuthorities({ ...rig.jobDeps, pkiUrl: 'http://new.example.com' });
    await moved.current(ACCOUNT);
    rig.dieAtCommit(7, 'after');
    await rig.publisher.shardsRound().catch(() => undefined);
    rig.restart();
    await settlePublisher(makePublisher(rig.jobDeps));
    for (const shard of [0, 64, 127]) {
      const { der } = await crlOf(rig.store, rig.authority.id, shard);
      expect(der.includes(`http://new.example.com/crl/${rig.authority.id}/${shard}.crl`)).toBe(true);
    }
  });
});

describe("yesterday's database", () => {
  it('goes on with higher numbers than were published since', async () => {
    await using rig = await startPublishingRig();
    const certificate = await stored(rig, certificateOf(rig.authority.id, SERIAL));
    await settlePublisher(rig.publisher);
    const folder = mkdtempSync(join(tmpdir(), 'cs-backup-'));
    const backup = join(folder, 'countersign.db');
    const connection = new Database(rig.store.path);
    connection.pragma('wal_checkpoint(TRUNCATE)');
    connection.close();
    copyFileSync(rig.store.path, backup);

    rig.clock.advance(20 * 3_600_000);
    for (const to of ['held', 'released', 'held', 'released'] as const) {
      await change(rig, certificate.id, to);
      await settlePublisher(rig.publisher);
    }
    const lost = await crlOf(rig.store, rig.authority.id, SHARD);

    const store = openStore(`file:${backup}`);
    const deps = { ...rig.jobDeps, store, authorities: makeAuthorities({ ...rig.jobDeps, store }) };
    const restored = makePublisher(deps);
    rig.clock.advance(3_600_000);
    const row = (await store.certificate(certificate.id)) as Certificate;
    const facts = { actorId: 'U0ADA', at: rig.clock.now(), requestId: null, why: '', reason: 'superseded' as const };
    await store.commit(planRevocation(row, facts));
    await settlePublisher(restored);
    const published = await crlOf(store, rig.authority.id, SHARD);
    expect(published.number).toBeGreaterThan(lost.number);
    expect(published.thisUpdate.getTime()).toBeGreaterThan(lost.thisUpdate.getTime());
    expect(serialsIn(published.der)).toEqual([SERIAL]);
    await store.close();
    rmSync(folder, { recursive: true });
  });
});

describe('ten thousand changes', () => {
  it('are published, and their request is told', async () => {
    await using rig = await startPublishingRig();
    await settlePublisher(rig.publisher);
    const request = aRequest({ id: randomUUID(), accountId: ACCOUNT, kind: 'revoke_many', state: 'done' });
    await rig.store.commit([insert('requests', request)]);
    rig.clock.advance(60_000);
    const at = rig.clock.now();
    const revoked = { state: 'revoked', revokedAt: at, revocationReason: 'affiliationChanged' } as const;
    const certificates = Array.from({ length: 10_000 }, () =>
      certificateOf(rig.authority.id, makeSerial(randomBytes), revoked),
    );
    for (let from = 0; from < certificates.length; from += 1_000) {
      const some = certificates.slice(from, from + 1_000);
      const changes = some.map(({ id, accountId, authorityId, shard }) => ({
        ...{ id: randomUUID(), accountId, authorityId, shard, at },
        ...{ certificateId: id, requestId: request.id, state: 'revoked' as const },
      }));
      await rig.store.commit(some.map((certificate) => insert('certificates', certificate)));
      await rig.store.commit(changes.map((change) => insert('statusChanges', change)));
      if (from === 5_000) await rig.publisher.shardsRound();
    }
    await settlePublisher(rig.publisher);
    expect((await crlOf(rig.store, rig.authority.id, 'complete')).entries).toBe(10_000);
    for (const shard of [0, 77, 127]) {
      const expected = certificates.filter((certificate) => certificate.shard === shard).map(({ serial }) => serial);
      expect(serialsIn((await crlOf(rig.store, rig.authority.id, shard)).der)).toEqual(expected.sort());
    }
    expect(await rig.store.messageOf(request.id, 'requester')).toMatchObject({ sent: 0 });
    for (const { id } of certificates.filter((_, i) => i % 500 === 0)) {
      expect(await rig.store.statusInEffect(id)).toMatchObject({ state: 'revoked', effective: true });
    }
  });
});

describeWith('openssl', 'a certificate from /mtls issue', ({ openssl }) => {
  it('is refused by openssl with the published shard while it is held and when it is revoked', async () => {
    await using rig = await startPublishingRig();
    await using folder = await makeFolder();
    const issue = await rig.recordIssue();
    await rig.settle();
    await rig.recordShow(issue);
    await rig.settle();
    const [row] = await rig.store.certificatesOfRequest(issue.id);
    if (!row?.certificate) throw new Error('nothing was issued');
    const pem = async (name: string, kind: 'x509' | 'crl', der: Buffer) => {
      await writeFile(folder.file(`${name}.der`), der);
      await run(openssl, kind, '-inform', 'DER', '-in', folder.file(`${name}.der`), '-out', folder.file(name));
      return folder.file(name);
    };
    const ca = await pem('ca.pem', 'x509', rig.authority.certificate);
    const leaf = await pem('leaf.pem', 'x509', row.certificate);
    const verdict = async (scope: number | 'complete') => {
      await settlePublisher(rig.publisher);
      const crl = await pem('crl.pem', 'crl', (await crlOf(rig.store, rig.authority.id, scope)).der);
      const at = ['-attime', String(Math.floor(rig.clock.now().getTime() / 1000))];
      const files = ['-CAfile', ca, '-CRLfile', crl, leaf];
      const checks = ['-purpose', 'sslclient', '-crl_check', '-extended_crl', '-x509_strict', ...at];
      return run(openssl, 'verify', ...checks, ...files).catch((error: { stderr: string }) => error.stderr);
    };
    const next = async (to: 'held' | 'released' | 'revoked') => {
      rig.clock.advance(60_000);
      await change(rig, row.id, to);
    };
    for (const scope of [row.shard, 'complete'] as const) expect(await verdict(scope)).toContain('OK');
    await next('held');
    for (const scope of [row.shard, 'complete'] as const) expect(await verdict(scope)).toContain('revoked');
    await next('released');
    for (const scope of [row.shard, 'complete'] as const) expect(await verdict(scope)).toContain('OK');
    await next('revoked');
    for (const scope of [row.shard, 'complete'] as const) expect(await verdict(scope)).toContain('revoked');
    expect(await verdict((row.shard + 1) % 128)).toContain('different CRL scope');
  });
});
