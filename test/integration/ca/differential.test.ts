import 'reflect-metadata/lite';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { describeCertificate } from '../../../core/ca/certificate.ts';
import { parseCsr } from '../../../core/ca/csr/csr.ts';
import { contentOf, readDer } from '../../../core/ca/der/reader.ts';
import { readCertificate } from '../../../core/ca/fields.ts';
import type { SubjectAltName } from '../../../core/ca/general-name.ts';
import { computeKeyIdentifier } from '../../../core/ca/key-identifier.ts';
import { makeEcKeyPair } from '../../../core/ca/keys.ts';
import type { LeafIntent } from '../../../core/ca/profile.ts';
import { makeSerial } from '../../../core/ca/serial.ts';
import { now, seededRandom } from '../../fixtures/ca/certificates.ts';
import { issueFrom, makeFolder, makeTestAuthority, run, type TestAuthority } from '../../fixtures/ca/issuing.ts';
import { describeWith } from '../../support/tools.ts';

const authorities = (['ecdsa-sha256', 'ecdsa-sha384', 'rsa-sha256'] as const).map((algorithm) =>
  makeTestAuthority(algorithm, now),
);
const keys = [
  makeEcKeyPair('ec-p256').spki,
  makeEcKeyPair('ec-p384').spki,
  new Uint8Array(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'der', type: 'spki' })),
  new Uint8Array(generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' })),
];
const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

/** The same inputs in every run: every length of name, every optional part, dates on both sides of 2050. */
function makeIntents(count: number): { authority: TestAuthority; intent: LeafIntent }[] {
  const random = seededRandom(20260301);
  const below = (limit: number) => ((random(1)[0] ?? 0) * 256 + (random(1)[0] ?? 0)) % limit;
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const letters = [...'abcXYZ 09.-_@+,="\\#<>;ü€🔑م'];
  const sans: SubjectAltName[] = [
    { type: 'dns', value: 'a.example.com' },
    { type: 'email', value: 'bob@example.com' },
    { type: 'ip', value: '192.0.2.1' },
    { type: 'ip', value: '2001:db8::1' },
    { type: 'uri', value: 'spiffe://example.com/a' },
  ];
  return Array.from({ length: count }, () => {
    const authority = pick(authorities);
    const begin = authority.issuer.notBefore.getTime() + below(5_000) * 86_400_000 + below(60_000) * 1_000;
    const end = Math.min(begin + (1 + below(3_650)) * 86_400_000 - 1_000, authority.issuer.notAfter.getTime());
    const name = `a${Array.from({ length: below(62) }, () => pick(letters)).join('')}z`;
    return {
      authority,
      intent: {
        serial: makeSerial(random),
        issuer: authority.issuer,
        subject: { commonName: name, organization: below(4) === 0 ? undefined : 'example.com' },
        spki: pick(keys),
        san: sans.filter(() => below(2) === 0),
        notBefore: new Date(begin),
        notAfter: new Date(end),
        crlUri: below(2) ? `http://pki.example.com/${below(200)}.crl` : undefined,
        ocspUri: below(2) ? 'http://pki.example.com/ocsp' : undefined,
        caIssuersUri: below(2) ? 'http://pki.example.com/ca.cer' : undefined,
      },
    };
  });
}

const utf8 = (value: string) => [{ utf8String: value }];
const sanTypes = { dns: 'dns', email: 'email', ip: 'ip', uri: 'url' } as const;

/** The library's certificate for the intent, with the signature of ours, so that every octet can be compared. */
async function buildWithLibrary(
  authority: TestAuthority,
  intent: LeafIntent,
  signature: Uint8Array,
): Promise<Uint8Array> {
  const { commonName, organization } = intent.subject;
  const identifier = (octets: Uint8Array) => Buffer.from(octets).toString('hex');
  const access = {
    ...(intent.ocspUri === undefined ? {} : { ocsp: intent.ocspUri }),
    ...(intent.caIssuersUri === undefined ? {} : { caIssuers: intent.caIssuersUri }),
  };
  const hash = authority.issuer.signatureAlgorithm === 'ecdsa-sha384' ? 'SHA-384' : 'SHA-256';
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: intent.serial,
    issuer: new x509.Name([{ CN: utf8(`Countersign ${authority.issuer.signatureAlgorithm} G1`) }]),
    subject: new x509.Name([
      ...(organization === undefined ? [] : [{ O: utf8(organization) }]),
      { CN: utf8(commonName) },
    ]),
    notBefore: intent.notBefore,
    notAfter: intent.notAfter,
    publicKey: new x509.PublicKey(Buffer.from(intent.spki)),
    signingAlgorithm:
      authority.issuer.signatureAlgorithm === 'rsa-sha256'
        ? { name: 'RSASSA-PKCS1-v1_5', hash }
        : { name: 'ECDSA', namedCurve: hash === 'SHA-384' ? 'P-384' : 'P-256', hash },
    signature: Buffer.from(
      authority.issuer.signatureAlgorithm === 'rsa-sha256'
        ? signature
        : rawEcdsa(signature, hash === 'SHA-384' ? 48 : 32),
    ),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectKeyIdentifierExtension(identifier(computeKeyIdentifier(intent.spki))),
      new x509.AuthorityKeyIdentifierExtension(identifier(authority.issuer.subjectKeyIdentifier)),
      ...(intent.san?.length
        ? [
            new x509.SubjectAlternativeNameExtension(
              intent.san.map(({ type, value }) => ({ type: sanTypes[type], value })),
            ),
          ]
        : []),
      ...(intent.crlUri === undefined ? [] : [new x509.CRLDistributionPointsExtension([intent.crlUri])]),
      ...(Object.keys(access).length > 0 ? [new x509.AuthorityInfoAccessExtension(access)] : []),
    ],
  });
  return new Uint8Array(certificate.rawData);
}

/** WebCrypto's form of an ECDSA signature: r and s as fixed-length numbers, one behind the other. */
function rawEcdsa(signature: Uint8Array, octets: number): Uint8Array {
  const numbers = readDer(signature).children.map((number) => Buffer.from(contentOf(number)).toString('hex'));
  return Buffer.from(numbers.map((digits) => digits.padStart(2 * octets, '0').slice(-2 * octets)).join(''), 'hex');
}

describe('a hand-made certificate', () => {
  it('is, octet for octet, what @peculiar/x509 builds from 300 random inputs', async () => {
    for (const { authority, intent } of makeIntents(300)) {
      const ours = issueFrom(authority, intent, now);
      const theirs = await buildWithLibrary(authority, intent, readCertificate(ours).signature);
      expect(hex(ours)).toBe(hex(theirs));
    }
  });

  it('is read by OpenSSL as it was meant, from 500 random inputs', () => {
    for (const { authority, intent } of makeIntents(500)) {
      const der = issueFrom(authority, intent, now);
      const read = new X509Certificate(der);
      const ca = new X509Certificate(authority.der);
      expect(read.serialNumber.toLowerCase()).toBe(intent.serial);
      expect([new Date(read.validFrom), new Date(read.validTo)]).toEqual([intent.notBefore, intent.notAfter]);
      expect(hex(read.publicKey.export({ format: 'der', type: 'spki' }))).toBe(hex(intent.spki));
      expect(read.verify(ca.publicKey)).toBe(true);
      expect(read.checkIssued(ca)).toBe(true);
      expect(read.ca).toBe(false);
      expect(read.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
      expect(read.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(describeCertificate(der).fingerprintSha256);
      expect(read.toLegacyObject().subject['CN']).toBe(intent.subject.commonName);
    }
  });
});

describeWith('openssl', 'the openssl command', ({ openssl }) => {
  it('prints what was meant, in strict DER, on both sides of 2050', async () => {
    await using folder = await makeFolder();
    for (const { authority, intent } of makeIntents(12)) {
      const der = issueFrom(authority, intent, now);
      await writeFile(folder.file('leaf.der'), der);
      const text = await run(
        openssl,
        'x509',
        '-in',
        folder.file('leaf.der'),
        '-noout',
        '-text',
        '-subject',
        '-serial',
        '-enddate',
        '-dateopt',
        'iso_8601',
        '-nameopt',
        'RFC2253,-esc_msb,utf8',
      );
      expect(text.toLowerCase()).toContain(`serial=${intent.serial}`);
      expect(text).toContain(`notAfter=${intent.notAfter.toISOString().replace('T', ' ').replace('.000', '')}`);
      expect(text).toContain('X509v3 Basic Constraints: critical\n                CA:FALSE');
      expect(text).toContain('X509v3 Key Usage: critical\n                Digital Signature\n');
      expect(text).toContain('X509v3 Extended Key Usage: \n                TLS Web Client Authentication\n');
      expect(text.includes(`URI:${intent.crlUri}`)).toBe(intent.crlUri !== undefined);
      expect(text.includes(`OCSP - URI:${intent.ocspUri}`)).toBe(intent.ocspUri !== undefined);
      const parsed = await run(openssl, 'asn1parse', '-inform', 'DER', '-in', folder.file('leaf.der'));
      const after2049 = intent.notAfter.getUTCFullYear() >= 2050;
      expect(/GENERALIZEDTIME/.test(parsed)).toBe(after2049);
    }
  });

  const requests: [string, string[], string][] = [
    ['P-256', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], 'ECDSA P-256'],
    ['P-384 with SHA-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-sha384'], 'ECDSA P-384'],
    ['P-521 with SHA-512', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521', '-sha512'], 'ECDSA P-521'],
    ['RSA 2048', ['-newkey', 'rsa:2048'], 'RSA 2048'],
    [
      'RSA 3072 with PSS',
      ['-newkey', 'rsa:3072', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'],
      'RSA 3072',
    ],
    ['Ed25519', ['-newkey', 'ed25519'], 'Ed25519'],
  ];
  it.each(requests)('makes requests that are accepted as the library reads them: %s', async (_, args, label) => {
    await using folder = await makeFolder();
    const csr = folder.file('request.pem');
    await run(
      openssl,
      'req',
      '-new',
      '-nodes',
      '-keyout',
      folder.file('key.pem'),
      '-out',
      csr,
      '-subj',
      '/O=Example/CN=alice',
      '-addext',
      'subjectAltName=DNS:a.example.com',
      ...args,
    );
    const pem = await run(openssl, 'req', '-in', csr, '-text');
    const parsed = parseCsr(pem);
    const theirs = new x509.Pkcs10CertificateRequest(pem.slice(pem.indexOf('-----BEGIN')));
    expect(parsed).toMatchObject({
      keyAlgorithm: label,
      subject: { commonName: 'alice' },
      san: [{ type: 'dns', value: 'a.example.com' }],
      notices: [],
    });
    expect(hex(parsed.der)).toBe(hex(new Uint8Array(theirs.rawData)));
    expect(hex(parsed.spki)).toBe(hex(new Uint8Array(theirs.publicKey.rawData)));
  });

  it.each(['-md5', '-sha1'])('makes requests with %s that are refused', async (hash) => {
    await using folder = await makeFolder();
    const csr = folder.file('request.pem');
    await run(
      openssl,
      'req',
      '-new',
      '-nodes',
      '-newkey',
      'rsa:2048',
      hash,
      '-keyout',
      folder.file('key.pem'),
      '-out',
      csr,
      '-subj',
      '/CN=alice',
    );
    const pem = await run(openssl, 'req', '-in', csr);
    expect(() => parseCsr(pem)).toThrow(/outdated hash/);
  });
});
