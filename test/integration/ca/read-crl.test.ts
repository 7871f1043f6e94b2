import 'reflect-metadata/lite';
import { mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeBreathe } from '../../../core/breathe.ts';
import { readCrlOctets } from '../../../core/ca/read-crl/octets.ts';
import { readCrlPaste } from '../../../core/ca/read-crl/paste.ts';
import { type CrlExpectation, drive, readCrl } from '../../../core/ca/read-crl/read.ts';
import { countMissing, serialsOf } from '../../../core/ca/read-crl/serials.ts';
import { asCountersignError } from '../../../core/errors.ts';
import { run } from '../../fixtures/ca/issuing.ts';
import { type CrlOptions, makeOpenSslRoot, type OpenSslRoot } from '../../fixtures/ca/roots.ts';
import { describeWith } from '../../support/tools.ts';

const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS);
const breathe = makeBreathe();
const twenty = (serial: string) => serial.toLowerCase().padStart(40, '0');
const listed = (serials: Uint8Array): string[] => Buffer.from(serials).toString('hex').match(/.{40}/g) ?? [];

async function take(der: Uint8Array, root: OpenSslRoot, set: Partial<CrlExpectation> = {}) {
  return readCrl(der, { authority: root.der, now: new Date(), previous: null, ...set }, breathe);
}

async function defectOf(der: Uint8Array, root: OpenSslRoot, set: Partial<CrlExpectation> = {}) {
  const error = await take(der, root, set).then(
    () => undefined,
    (thrown: unknown) => asCountersignError(thrown),
  );
  return error?.code === 'crl_refused' ? error.details['defect'] : error;
}

describeWith('openssl', 'a CRL that a custom CA has signed', ({ openssl }) => {
  let root: OpenSslRoot;
  let other: OpenSslRoot;
  beforeAll(async () => {
    root = await makeOpenSslRoot(openssl);
    // The same name and another key.
    other = await makeOpenSslRoot(openssl);
  });
  afterAll(async () => {
    await root[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  const REVOKED = [
    { serial: '01' },
    { serial: 'FF' },
    { serial: '0102', reason: 'keyCompromise' },
    { serial: '4F00112233445566778899AABBCCDDEE', reason: 'superseded' },
    { serial: 'F'.repeat(40), reason: 'keyTime,20260101000000Z' },
    { serial: '7A', reason: 'holdInstruction,holdInstructionReject' },
    { serial: '05', reason: 'certificateHold' },
  ];

  it('is read as OpenSSL and @peculiar/x509 read it', async () => {
    const der = await root.crl({ revoked: REVOKED, number: '1F' });
    const { serials, entries, number, thisUpdate, nextUpdate } = await take(der, root);
    const library = new x509.X509Crl(der);
    expect(listed(serials)).toEqual(library.entries.map(({ serialNumber }) => twenty(serialNumber)).sort());
    expect([thisUpdate, nextUpdate]).toEqual([library.thisUpdate, library.nextUpdate]);
    expect([number, entries]).toEqual(['31', REVOKED.length]);

    const file = join(mkdtempSync(join(tmpdir(), 'countersign-crl-')), 'crl.der');
    await writeFile(file, der);
    const text = await run(openssl, 'crl', '-inform', 'DER', '-in', file, '-noout', '-text');
    const theirs = [...text.matchAll(/Serial Number: ([0-9A-F]+)/g)].map(([, serial]) => twenty(serial as string));
    expect(listed(serials)).toEqual(theirs.sort());
  });

  it('with suspended certificates counts them as revoked, and tells them apart where that matters', async () => {
    const der = await root.crl({ revoked: REVOKED });
    const final = await drive(serialsOf(der, { held: false }), breathe);
    const all = await drive(serialsOf(der), breathe);
    expect(listed(all).filter((serial) => !listed(final).includes(serial))).toEqual([twenty('05'), twenty('7A')]);
    expect(await drive(countMissing(all, final), breathe)).toBe(2);
    expect(await drive(countMissing(final, all), breathe)).toBe(0);
  });

  it('that lists nobody, and one in v1 without number and extensions, are taken', async () => {
    expect((await take(await root.crl(), root)).entries).toBe(0);
    const v1 = await take(await root.crl({ number: undefined, revoked: [{ serial: '02' }] }), root);
    expect([v1.number, listed(v1.serials)]).toEqual([null, [twenty('02')]]);
  });

  it.each<[string, string, string[], string[]]>([
    ['RSA', 'rsa:2048', [], []],
    ['RSA-PSS', 'rsa:2048', [], ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest']],
    ['P-384', 'ec', ['-pkeyopt', 'ec_paramgen_curve:P-384'], ['-md', 'sha384']],
    ['P-521', 'ec', ['-pkeyopt', 'ec_paramgen_curve:P-521'], ['-md', 'sha512']],
    ['Ed25519', 'ed25519', [], ['-md', 'null']],
  ])('signed with %s is taken, and refused with one octet changed', async (_, key, more, signing) => {
    await using its = await makeOpenSslRoot(openssl, { key: [key, ...more] });
    const der = await its.crl({ revoked: REVOKED, arguments: signing });
    expect((await take(der, its)).entries).toBe(REVOKED.length);
    const changed = Buffer.from(der);
    const at = der.indexOf(Buffer.from('020101170d', 'hex'));
    changed[at + 2] = 3;
    expect(await defectOf(changed, its)).toBe('signature');
  });

  it.each<[string, string, CrlOptions]>([
    ['with SHA-1', 'hash_weak', { arguments: ['-md', 'sha1'] }],
    ['that is over', 'past', { lastUpdate: inHours(-3), nextUpdate: inHours(-1) }],
    ['of the future', 'future', { lastUpdate: inHours(1) }],
    ['of changes alone', 'delta', { extensions: ['2.5.29.27=critical,ASN1:INTEGER:1'] }],
    ['of users alone', 'partial', { extensions: ['issuingDistributionPoint=critical,@i', '[i]', 'onlyuser=TRUE'] }],
    [
      'of some reasons',
      'partial',
      { extensions: ['issuingDistributionPoint=critical,@i', '[i]', 'onlysomereasons=keyCompromise'] },
    ],
    [
      'of other issuers too',
      'indirect',
      { extensions: ['issuingDistributionPoint=critical,@i', '[i]', 'indirectCRL=TRUE'] },
    ],
    ['with a critical stranger', 'extension', { extensions: ['1.2.3.4=critical,ASN1:NULL'] }],
  ])('%s is refused (%s)', async (_, defect, options) => {
    expect(await defectOf(await root.crl(options), root)).toBe(defect);
  });

  it('with a stranger that is not critical is taken, and with a distribution point is taken with a notice', async () => {
    expect((await take(await root.crl({ extensions: ['1.2.3.4=ASN1:NULL'] }), root)).notices).toEqual([]);
    const extensions = ['issuingDistributionPoint=critical,@i', '[i]', 'fullname=URI:http://pki.example.com/a.crl'];
    expect((await take(await root.crl({ extensions }), root)).notices).toHaveLength(1);
  });

  it('by a twin of the same name, or of another CA, is refused', async () => {
    expect(await defectOf(await other.crl(), root)).toBe('signature');
    await using third = await makeOpenSslRoot(openssl, { subject: '/CN=Another' });
    expect(await defectOf(await third.crl(), root)).toBe('issuer');
  });

  it('needs cRLSign where the CA has a key usage, and nothing where it has none', async () => {
    await using without = await makeOpenSslRoot(openssl, { usage: 'critical,keyCertSign' });
    expect(await defectOf(await without.crl(), without)).toBe('crl_sign');
    await using none = await makeOpenSslRoot(openssl, { usage: '' });
    expect((await take(await none.crl(), none)).entries).toBe(0);
  });

  it('is refused when it is older than the one in force, by its number or its time', async () => {
    const der = await root.crl({ number: '0A' });
    const of = (number: string | null, thisUpdate: Date) => ({ previous: { number, thisUpdate } });
    expect(await defectOf(der, root, of('11', inHours(-2)))).toBe('older');
    expect(await defectOf(der, root, of('10', new Date()))).toBe('older');
    expect((await take(der, root, of('10', inHours(-2)))).number).toBe('10');
    expect((await take(await root.crl({ number: undefined }), root, of('10', inHours(-2)))).number).toBeNull();
  });

  it('that is cut off, has more behind it, or is a certificate is named as such', async () => {
    const der = await root.crl();
    expect(await defectOf(der.subarray(0, -10), root)).toBe('cut_off');
    expect(await defectOf(Buffer.concat([der, Buffer.from([0])]), root)).toBe('trailing_data');
    expect(await defectOf(root.der, root)).toBe('certificate');
  });

  it('comes as PEM or DER, with text around it; what is not one CRL is named', async () => {
    const der = await root.crl({ revoked: REVOKED });
    const base64 = der.toString('base64').replace(/.{1,64}/g, '$&\r\n');
    const pem = `Certificate Revocation List\n-----BEGIN X509 CRL-----\r\n${base64}-----END X509 CRL-----\n`;
    expect(Buffer.from(await readCrlOctets(Buffer.from(pem), breathe))).toEqual(der);
    expect(Buffer.from(await readCrlOctets(der, breathe))).toEqual(der);
    expect(Buffer.from(readCrlPaste(pem))).toEqual(der);
    expect(Buffer.from(readCrlPaste(pem.replaceAll('-----', '—————').replaceAll('+', '&#43;')))).toEqual(der);
    const fetched = (text: string | Uint8Array) => readCrlOctets(Buffer.from(text), breathe);
    const refused = async (attempt: () => unknown) => {
      try {
        await attempt();
        return 'taken';
      } catch (error) {
        return asCountersignError(error).details['defect'];
      }
    };
    expect(await refused(() => fetched(''))).toBe('empty');
    expect(await refused(() => fetched('hello'))).toBe('not_a_crl');
    expect(await refused(() => fetched(root.pem))).toBe('wrong_label');
    expect(await refused(() => fetched(pem + pem))).toBe('several');
    expect(await refused(() => fetched(pem.replace('END X509', 'END')))).toBe('markers');
    expect(await refused(() => fetched(pem.replace('MII', 'M*I')))).toBe('base64');
    expect(await refused(() => fetched(new Uint8Array(17 * 1024 * 1024).fill(0x30)))).toBe('too_long');
    expect(await refused(() => fetched('-----BEGIN X509 CRL-----'.repeat(500_000)))).toBe('several');
    expect(await refused(() => fetched('-'.repeat(16 * 1024 * 1024)))).toBe('not_a_crl');
    expect(await refused(() => readCrlPaste(root.pem))).toBe('certificate');
    expect(await refused(() => readCrlPaste(pem + pem))).toBe('several');
    expect(await refused(() => readCrlPaste('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'))).toBe(
      'private_key_pasted',
    );
  });
});
