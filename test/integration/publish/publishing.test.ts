import { createHash, randomBytes, randomUUID } from 'node:crypto';
import 'reflect-metadata/lite';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { crlId, LATE_AFTER_MS, RESIGN_AFTER_MS, shardOf, WINDOW_MS } from '../../../core/ca/crl/crl.ts';
import { makeSerial } from '../../../core/ca/serial.ts';
import { insert, update } from '../../../core/store/plan.ts';
import { makePublisher } from '../../../worker/publish/start.ts';
import { aRequest } from '../../support/rows.ts';
import { ACCOUNT } from '../../support/worker-rig.ts';
import { certificateOf, change, crlOf, PKI, settlePublisher, startPublishingRig, stored } from './publisher.ts';

const SERIAL = '4f00112233445566778899aabbccddee';
const SHARD = shardOf(SERIAL);
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const read = (der: Buffer) => new x509.X509Crl(der);
const serialsIn = (der: Buffer) => read(der).entries.map(({ serialNumber }) => serialNumber);

describe('the publisher', () => {
  it('gives a new authority all its shards and the complete CRL', async () => {
    await using rig = await startPublishingRig();
    expect(await settlePublisher(rig.publisher)).toBe(129);
    const crls = await rig.store.crlsOf(rig.authority.id);
    expect(new Set(crls.map(({ scope }) => scope)).size).toBe(129);
    for (const scope of ['complete', 0, 127] as const) {
      const crl = await crlOf(rig.store, rig.authority.id, scope);
      expect(createHash('sha256').update(crl.der).digest('hex')).toBe(crl.sha256);
      expect(crl.der).toHaveLength(crl.octets);
      expect(read(crl.der).entries).toEqual([]);
    }
    expect(await settlePublisher(rig.publisher)).toBe(0);
  });

  it('has a revocation in its shard and in the complete CRL in the next round', async () => {
    await using rig = await startPublishingRig();
    await settlePublisher(rig.publisher);
    const certificate = await stored(rig, certificateOf(rig.authority.id, SERIAL));
    rig.clock.advance(5_000);
    await change(rig, certificate.id, 'revoked');
    expect(await rig.store.statusInEffect(certificate.id)).toMatchObject({ state: 'revoked', effective: false });
    expect(await rig.publisher.shardsRound()).toBe(1);
    expect(await rig.store.statusInEffect(certificate.id)).toMatchObject({
      effective: true,
      crl: { scope: String(SHARD) },
    });
    expect(await rig.publisher.completeRound()).toBe(1);
    for (const scope of ['complete', SHARD] as const) {
      const [entry] = read((await crlOf(rig.store, rig.authority.id, scope)).der).entries;
      expect(entry).toMatchObject({ serialNumber: SERIAL, reason: x509.X509CrlReason.keyCompromise });
      expect(entry?.revocationDate.getTime()).toBe(Math.floor(rig.clock.now().getTime() / 1000) * 1000);
    }
  });

  it('lists a hold and forgets it when it is released', async () => {
    await using rig = await startPublishingRig();
    const certificate = await stored(rig, certificateOf(rig.authority.id, SERIAL));
    await change(rig, certificate.id, 'held');
    await settlePublisher(rig.publisher);
    const held = read((await crlOf(rig.store, rig.authority.id, SHARD)).der);
    expect(held.entries.map(({ reason }) => reason)).toEqual([x509.X509CrlReason.certificateHold]);
    rig.clock.advance(60_000);
    await change(rig, certificate.id, 'released');
    await settlePublisher(rig.publisher);
    expect(serialsIn((await crlOf(rig.store, rig.authority.id, SHARD)).der)).toEqual([]);
    expect(serialsIn((await crlOf(rig.store, rig.authority.id, 'complete')).der)).toEqual([]);
  });

  it('wakes the message of the request whose change has become effective, with the same commit', async () => {
    await using rig = await startPublishingRig();
    const certificate = await stored(rig, certificateOf(rig.authority.id, SERIAL));
    const request = aRequest({ id: randomUUID(), accountId: ACCOUNT, kind: 'revoke', state: 'done' });
    await rig.store.commit([insert('requests', request)]);
    await settlePublisher(rig.publisher);
    await change(rig, certificate.id, 'revoked', request.id);
    expect(await rig.store.messageOf(request.id, 'requester')).toBeUndefined();
    await rig.publisher.shardsRound();
    expect(await rig.store.messageOf(request.id, 'requester')).toMatchObject({ wanted: 1, sent: 0 });
  });

  it('makes the complete CRL at most every two seconds, and then with all that has changed', async () => {
    await using rig = await startPublishingRig();
    await settlePublisher(rig.publisher);
    const serials = Array.from({ length: 4 }, () => makeSerial(randomBytes));
    const certificates = await Promise.all(
      serials.map((serial) => stored(rig, certificateOf(rig.authority.id, serial))),
    );
    rig.clock.advance(60_000);
    for (const { id } of certificates.slice(0, 1)) await change(rig, id, 'revoked');
    expect(await rig.publisher.completeRound()).toBe(1);
    for (const { id } of certificates.slice(1)) await change(rig, id, 'revoked');
    rig.clock.advance(1_000);
    expect(await rig.publisher.completeRound()).toBe(0);
    rig.clock.advance(600_000);
    expect(await rig.publisher.completeRound()).toBe(1);
    expect(serialsIn((await crlOf(rig.store, rig.authority.id, 'complete')).der).sort()).toEqual(serials.sort());
  });

  it('signs anew after a quarter of the window, with higher numbers', async () => {
    await using rig = await startPublishingRig();
    await settlePublisher(rig.publisher);
    const before = await crlOf(rig.store, rig.authority.id, 7);
    rig.clock.advance(RESIGN_AFTER_MS - 1_000);
    expect(await settlePublisher(rig.publisher)).toBe(0);
    rig.clock.advance(1_000);
    expect(await settlePublisher(rig.publisher)).toBe(129);
    const after = await crlOf(rig.store, rig.authority.id, 7);
    expect(after.number).toBeGreaterThan(before.number);
    expect(after.nextUpdate.getTime() - before.nextUpdate.getTime()).toBeGreaterThanOrEqual(RESIGN_AFTER_MS - 1_000);
    expect(await rig.store.wasToldLate(rig.authority.id, new Date(0))).toBe(false);
  });

  it('signs anew at once when nextUpdate passed while no worker ran, and tells that it was late, once', async () => {
    await using rig = await startPublishingRig();
    await settlePublisher(rig.publisher);
    rig.clock.advance(WINDOW_MS + DAY_MS);
    const events = () => rig.store.countAuditEvents(ACCOUNT);
    const known = await events();
    expect(await settlePublisher(makePublisher(rig.jobDeps))).toBe(129);
    expect(await events()).toBe(known + 1);
    const crl = await crlOf(rig.store, rig.authority.id, 3);
    expect(crl.nextUpdate.getTime()).toBeGreaterThan(rig.clock.now().getTime() + WINDOW_MS - HOUR_MS);
    rig.clock.advance(RESIGN_AFTER_MS);
    await settlePublisher(rig.publisher);
    expect(await events()).toBe(known + 1);
  });

  it('raises the alarm once while one cannot be signed, and goes on with the others', async () => {
    await using rig = await startPublishingRig();
    await settlePublisher(rig.publisher);
    // Only a defect can leave such a row; no CRL must be made from it.
    const bad = await stored(rig, certificateOf(rig.authority.id, SERIAL, { state: 'revoked', revokedAt: null }));
    const other = (SHARD + 1) % 128;
    const stuck = await crlOf(rig.store, rig.authority.id, SHARD);
    for (let hours = 0; hours <= LATE_AFTER_MS; hours += 12 * HOUR_MS) {
      rig.clock.advance(12 * HOUR_MS);
      await settlePublisher(rig.publisher);
    }
    expect((await crlOf(rig.store, rig.authority.id, SHARD)).number).toBe(stuck.number);
    expect((await crlOf(rig.store, rig.authority.id, other)).number).toBeGreaterThan(stuck.number);
    const late = async () =>
      (await rig.store.auditAccounts()).length > 0 && (await rig.store.wasToldLate(rig.authority.id, new Date(0)));
    expect(await late()).toBe(true);
    const told = await rig.store.countAuditEvents(ACCOUNT);
    rig.clock.advance(HOUR_MS);
    await settlePublisher(rig.publisher);
    expect(await rig.store.countAuditEvents(ACCOUNT)).toBe(told);
    // Put right, it is published with the next try.
    await rig.store.commit([update('certificates', bad, { revokedAt: rig.clock.now() })]);
    rig.clock.advance(HOUR_MS);
    await settlePublisher(rig.publisher);
    expect(serialsIn((await crlOf(rig.store, rig.authority.id, SHARD)).der)).toEqual([SERIAL]);
  });

  it('keeps an entry until it was on one CRL beyond the end of its certificate', async () => {
    await using rig = await startPublishingRig();
    const notAfter = new Date(Math.floor(rig.clock.now().getTime() / 1000) * 1000 + HOUR_MS);
    const certificate = await stored(rig, certificateOf(rig.authority.id, SERIAL, { notAfter }));
    await change(rig, certificate.id, 'revoked');
    await settlePublisher(rig.publisher);
    const listed = async () => serialsIn((await crlOf(rig.store, rig.authority.id, SHARD)).der);
    expect(await listed()).toEqual([SERIAL]);
    rig.clock.advance(RESIGN_AFTER_MS);
    await settlePublisher(rig.publisher);
    expect(await listed()).toEqual([SERIAL]);
    rig.clock.advance(RESIGN_AFTER_MS);
    await settlePublisher(rig.publisher);
    expect(await listed()).toEqual([]);
  });

  it('is not confused by a clock that steps back', async () => {
    await using rig = await startPublishingRig();
    const certificate = await stored(rig, certificateOf(rig.authority.id, SERIAL));
    await settlePublisher(rig.publisher);
    const before = await crlOf(rig.store, rig.authority.id, SHARD);
    await change(rig, certificate.id, 'revoked');
    rig.clock.advance(-10 * 60_000);
    await settlePublisher(rig.publisher);
    const after = await crlOf(rig.store, rig.authority.id, SHARD);
    expect(serialsIn(after.der)).toEqual([SERIAL]);
    expect(after.number).toBeGreaterThan(before.number);
    expect(after.thisUpdate.getTime()).toBeGreaterThanOrEqual(before.thisUpdate.getTime());
  });

  it('publishes for an older generation until it is retired, and not for one that has ended', async () => {
    await using rig = await startPublishingRig();
    await settlePublisher(rig.publisher);
    const row = (await rig.store.authority(rig.authority.id)) ?? rig.authority;
    await rig.store.commit([update('authorities', row, { retiredAt: rig.clock.now() })]);
    rig.clock.advance(2 * DAY_MS);
    expect(await settlePublisher(rig.publisher)).toBe(0);
    const retired = (await rig.store.authority(row.id)) ?? row;
    await rig.store.commit([update('authorities', retired, { retiredAt: null })]);
    expect(await settlePublisher(rig.publisher)).toBe(129);
    const again = (await rig.store.authority(row.id)) ?? row;
    await rig.store.commit([update('authorities', again, { notAfter: rig.clock.now() })]);
    rig.clock.advance(2 * DAY_MS);
    expect(await settlePublisher(rig.publisher)).toBe(0);
  });
});

describe('the addresses in certificates', () => {
  it('are those of the shard, the responder and the authority, and the shard names them', async () => {
    await using rig = await startPublishingRig();
    const issue = await rig.recordIssue();
    await rig.settle();
    await rig.recordShow(issue);
    await rig.settle();
    await settlePublisher(rig.publisher);
    const [row] = await rig.store.certificatesOfRequest(issue.id);
    const leaf = new x509.X509Certificate(row?.certificate ?? Buffer.alloc(0));
    const uri = `${PKI}/crl/${rig.authority.id}/${row?.shard}.crl`;
    expect(Buffer.from(leaf.rawData).includes(uri)).toBe(true);
    expect(Buffer.from(leaf.rawData).includes(`${PKI}/ocsp/${rig.authority.id}`)).toBe(true);
    expect(Buffer.from(leaf.rawData).includes(`${PKI}/ca/${rig.authority.id}.cer`)).toBe(true);
    expect((await crlOf(rig.store, rig.authority.id, row?.shard ?? -1)).der.includes(uri)).toBe(true);
    expect((await crlOf(rig.store, rig.authority.id, 'complete')).der.includes('http:')).toBe(false);
  });

  it('of a new base are recorded first, and every shard names old and new ones from the next round on', async () => {
    await using rig = await startPublishingRig();
    await settlePublisher(rig.publisher);
    const { makeAuthorities } = await import('../../../core/ca/account-authority.ts');
    const moved = makeAuthorities({ ...rig.jobDeps, pkiUrl: 'http://new.example.com' });
    const { row, pkiUrl } = await moved.current(ACCOUNT);
    expect(pkiUrl).toBe('http://new.example.com');
    expect(row.pkiUrls).toEqual([PKI, 'http://new.example.com']);
    expect(await settlePublisher(rig.publisher)).toBe(128);
    const { der } = await crlOf(rig.store, row.id, 5);
    expect(der.includes(`${PKI}/crl/${row.id}/5.crl`)).toBe(true);
    expect(der.includes(`http://new.example.com/crl/${row.id}/5.crl`)).toBe(true);
    // Asked again, nothing is new.
    await moved.current(ACCOUNT);
    expect(await settlePublisher(rig.publisher)).toBe(0);
  });
});

describe('replaced CRLs', () => {
  it('stay for ten minutes, so that whoever fetches one can finish, and are gone then', async () => {
    await using rig = await startPublishingRig();
    await settlePublisher(rig.publisher);
    const certificate = await stored(rig, certificateOf(rig.authority.id, SERIAL));
    const old = await crlOf(rig.store, rig.authority.id, SHARD);
    await change(rig, certificate.id, 'revoked');
    await settlePublisher(rig.publisher);
    rig.clock.advance(10 * 60_000);
    await settlePublisher(rig.publisher);
    expect(await rig.store.crlChunk(old.contentId, 0)).toEqual(old.der);
    rig.clock.advance(1);
    await settlePublisher(rig.publisher);
    expect(await rig.store.crlChunk(old.contentId, 0)).toBeUndefined();
    const row = await rig.store.crl(crlId(rig.authority.id, SHARD));
    expect(await rig.store.crlChunk(row?.contentId ?? '', 0)).toBeDefined();
  });
});
