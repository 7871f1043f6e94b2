import 'reflect-metadata/lite';
import { randomBytes, webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import type { CrlEntry } from '../../../core/ca/crl/crl.ts';
import { contentOf, type DerNode, readDer } from '../../../core/ca/der/reader.ts';
import { bitOctetsOf } from '../../../core/ca/der/values.ts';
import { makeEcKeyPair } from '../../../core/ca/keys.ts';
import { REASON_CODES, type ReasonName } from '../../../core/ca/reasons.ts';
import { makeSerial } from '../../../core/ca/serial.ts';
import { now, seededRandom } from '../../fixtures/ca/certificates.ts';
import { anEntry, makeCrl, SHARD_URI } from '../../fixtures/ca/crls.ts';
import {
  AUTHORITY_ALGORITHMS,
  issueFrom,
  makeFolder,
  makeTestAuthority,
  run,
  type TestAuthority,
} from '../../fixtures/ca/issuing.ts';
import { describeWith } from '../../support/tools.ts';

const authorities = AUTHORITY_ALGORITHMS.map((algorithm) => makeTestAuthority(algorithm, now));
const [ecdsa] = authorities as [TestAuthority];
const URIS = [SHARD_URI, 'http://old.example.com/crl/a/1.crl'];
const hex = (octets: ArrayBuffer | Uint8Array) => Buffer.from(octets as Uint8Array).toString('hex');

/** The same in every run: every reason, with and without an invalidity date, serials of every length. */
function makeEntries(count: number, seed: number): CrlEntry[] {
  const random = seededRandom(seed);
  const below = (limit: number) => ((random(1)[0] ?? 0) * 256 + (random(1)[0] ?? 0)) % limit;
  const reasons = Object.keys(REASON_CODES) as ReasonName[];
  return Array.from({ length: count }, (_, i) => {
    const revokedAtMs = now.getTime() - below(60_000) * 1000;
    const octets = random(1 + below(17));
    octets[0] = 1 + ((octets[0] ?? 0) % 0x7f);
    return anEntry({
      // The position makes it unique.
      serial: hex(octets) + i.toString(16).padStart(6, '0'),
      revokedAtMs,
      reason: reasons[below(reasons.length)] ?? 'unspecified',
      invalidityAtMs: below(3) === 0 ? revokedAtMs - below(60_000) * 1000 : null,
    });
  });
}

/** The library's CRL with these entries, with the signature of ours, so that every octet can be compared. */
async function buildWithLibrary(
  ours: { der: Buffer; thisUpdate: Date; nextUpdate: Date },
  entries: readonly CrlEntry[],
): Promise<Uint8Array> {
  const read = new x509.X509Crl(ours.der);
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const crl = await x509.X509CrlGenerator.create({
    issuer: new x509.Name([{ CN: [{ utf8String: 'Countersign ecdsa-sha256 G1' }] }]),
    thisUpdate: ours.thisUpdate,
    nextUpdate: ours.nextUpdate,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    signingKey: keys.privateKey,
    entries: entries.map(({ serial, revokedAtMs, reason, invalidityAtMs }) => ({
      serialNumber: serial,
      revocationDate: new Date(Math.floor(revokedAtMs / 1000) * 1000),
      ...(REASON_CODES[reason] === undefined ? {} : { reason: REASON_CODES[reason] as x509.X509CrlReason }),
      ...(invalidityAtMs === null ? {} : { invalidity: new Date(Math.floor(invalidityAtMs / 1000) * 1000) }),
    })),
    extensions: read.extensions.map(({ rawData }) => new x509.Extension(rawData)),
  });
  return new Uint8Array(crl.rawData);
}

const tbsOf = (der: Uint8Array) => {
  const [tbs] = readDer(der).children;
  return hex(der.subarray(tbs?.start, tbs?.end));
};

describe('a hand-made CRL', () => {
  it.each([0, 1, 7, 150])('of %i entries is, octet for octet, what @peculiar/x509 builds', async (count) => {
    // The library writes an empty list of extensions where there are none, which the format does not allow.
    const entries = makeEntries(count, 7 + count).map((entry) => ({
      ...entry,
      reason: entry.reason === 'unspecified' ? 'superseded' : entry.reason,
    }));
    const ours = await makeCrl(ecdsa, entries, { now, uris: URIS });
    expect(tbsOf(ours.der) === tbsOf(await buildWithLibrary(ours, entries))).toBe(true);
  });

  it('is read by @peculiar/x509 as it was meant, and its signature verifies', async () => {
    const entries = makeEntries(300, 1);
    const { der, thisUpdate, nextUpdate, number } = await makeCrl(ecdsa, entries, { now, uris: URIS });
    const crl = new x509.X509Crl(der);
    expect([crl.thisUpdate, crl.nextUpdate]).toEqual([thisUpdate, nextUpdate]);
    expect(crl.entries.map(({ serialNumber }) => serialNumber)).toEqual(entries.map(({ serial }) => serial));
    expect(crl.entries.map((entry) => entry.reason)).toEqual(entries.map(({ reason }) => REASON_CODES[reason]));
    expect(await crl.verify({ publicKey: new x509.X509Certificate(Buffer.from(ecdsa.der)) })).toBe(true);
    const value = crl.extensions.find(({ type }) => type === '2.5.29.20')?.value ?? new ArrayBuffer();
    expect(Number(BigInt(`0x${hex(contentOf(readDer(new Uint8Array(value))))}`))).toBe(number);
  });

  it('carries the signature of each kind of authority', async () => {
    for (const authority of authorities) {
      const { der } = await makeCrl(authority, makeEntries(20, 3), { now });
      expect(bitOctetsOf(readDer(der).children[2] as DerNode).length).toBeGreaterThan(60);
      const crl = new x509.X509Crl(der);
      expect(await crl.verify({ publicKey: new x509.X509Certificate(Buffer.from(authority.der)) })).toBe(true);
    }
  });
});

describeWith(['openssl', 'certtool'], 'a CRL, for OpenSSL and GnuTLS,', ({ openssl, certtool }) => {
  it.each(AUTHORITY_ALGORITHMS)('is well formed and signed by the authority (%s)', async (algorithm) => {
    const at = new Date();
    const authority = makeTestAuthority(algorithm, at);
    await using folder = await makeFolder();
    const entries = makeEntries(50, 5);
    const { der, number } = await makeCrl(authority, entries, { now: at, uris: URIS });
    await writeFile(folder.file('a.crl'), der);
    await writeFile(folder.file('ca.der'), authority.der);
    await run(openssl, 'x509', '-inform', 'DER', '-in', folder.file('ca.der'), '-out', folder.file('ca.pem'));
    const crl = ['crl', '-inform', 'DER', '-in', folder.file('a.crl'), '-CAfile', folder.file('ca.pem')];
    const text = await run(openssl, ...crl, '-noout', '-text', '-crlnumber');
    expect(text).toContain('verify OK');
    expect(BigInt(/crlNumber=(0x\w+)/i.exec(text)?.[1] ?? '0')).toBe(BigInt(number));
    expect(text.match(/Serial Number: /g)).toHaveLength(50);
    for (const uri of URIS) expect(text).toContain(`URI:${uri}`);
    expect(text).toContain('X509v3 Issuing Distribution Point: critical');
    const listed = entries.filter(({ reason }) => reason === 'certificateHold').length;
    expect(text.match(/Certificate Hold/g) ?? []).toHaveLength(listed);

    await run(openssl, 'crl', '-inform', 'DER', '-in', folder.file('a.crl'), '-out', folder.file('a.pem'));
    const info = await run(certtool, '--crl-info', '--inder', '--infile', folder.file('a.crl'));
    expect(info).toContain('Revoked certificates (50)');
    const verdict = await run(
      certtool,
      '--verify-crl',
      '--load-ca-certificate',
      folder.file('ca.pem'),
      '--infile',
      folder.file('a.pem'),
    );
    expect(verdict).toContain('Verified.');
  });

  it('decides over certificates by the shard that they name: good, held, released, revoked', async () => {
    const at = new Date();
    const authority = makeTestAuthority('ecdsa-sha256', at);
    await using folder = await makeFolder();
    await writeFile(folder.file('ca.der'), authority.der);
    await run(openssl, 'x509', '-inform', 'DER', '-in', folder.file('ca.der'), '-out', folder.file('ca.pem'));
    const verify = async (serial: string, entries: CrlEntry[], uris: readonly string[], crlUri = SHARD_URI) => {
      const leaf = issueFrom(authority, { spki: makeEcKeyPair('ec-p256').spki, serial, crlUri }, at);
      await writeFile(folder.file('leaf.der'), leaf);
      await run(openssl, 'x509', '-inform', 'DER', '-in', folder.file('leaf.der'), '-out', folder.file('leaf.pem'));
      const { der } = await makeCrl(authority, entries, { now: at, uris });
      await writeFile(folder.file('shard.crl'), der);
      await run(openssl, 'crl', '-inform', 'DER', '-in', folder.file('shard.crl'), '-out', folder.file('shard.pem'));
      const files = ['-CAfile', folder.file('ca.pem'), '-CRLfile', folder.file('shard.pem')];
      return run(openssl, 'verify', '-crl_check', '-extended_crl', ...files, folder.file('leaf.pem')).catch(
        (error: { stderr: string }) => error.stderr,
      );
    };
    const serial = makeSerial(randomBytes);
    const others = makeEntries(100, 9).map((entry) => ({ ...entry, revokedAtMs: at.getTime(), invalidityAtMs: null }));
    const mine = (reason: ReasonName) => [...others, anEntry({ serial, reason, revokedAtMs: at.getTime() })];
    expect(await verify(serial, others, URIS)).toContain('leaf.pem: OK');
    expect(await verify(serial, mine('certificateHold'), URIS)).toContain('certificate revoked');
    expect(await verify(serial, others, URIS)).toContain('leaf.pem: OK');
    expect(await verify(serial, mine('keyCompromise'), URIS)).toContain('certificate revoked');
    // The complete CRL does for a certificate that names a shard; another shard does not.
    expect(await verify(serial, mine('superseded'), [])).toContain('certificate revoked');
    expect(await verify(serial, others, [])).toContain('leaf.pem: OK');
    expect(await verify(serial, others, ['http://pki.example.com/crl/a/2.crl'])).toContain('different CRL scope');
    // Issued below an older address, which the shard still names.
    expect(await verify(serial, mine('keyCompromise'), URIS, URIS[1])).toContain('certificate revoked');
  });
});
