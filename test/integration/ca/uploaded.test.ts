import 'reflect-metadata/lite';
import { createPrivateKey, X509Certificate as NodeCertificate, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from '@peculiar/x509';
import { afterAll, describe, expect, it } from 'vitest';
import { OID } from '../../../core/ca/der/oids.ts';
import { encodedOf, readDer } from '../../../core/ca/der/reader.ts';
import { bitString, NULL, oid, sequence } from '../../../core/ca/der/writer.ts';
import { readUploaded } from '../../../core/ca/uploaded/uploaded.ts';
import { CountersignError } from '../../../core/errors.ts';
import { authority, extensionOf, joinParts, partsOf, withExtension } from '../../fixtures/ca/certificates.ts';
import { KEYS, type MadeRoot, opensslCa, ROOT_EXTENSIONS } from '../../support/openssl-ca.ts';
import { describeWith } from '../../support/tools.ts';

/** After everything here is made. */
const now = new Date(Date.now() + 60 * 60_000);
const CA_TRUE = 'basicConstraints=critical,CA:TRUE';
const CERT_SIGN = 'keyUsage=critical,keyCertSign,cRLSign';
const CLIENT = ['extendedKeyUsage=clientAuth'];

function refusal(input: string | Uint8Array, at = now): { code: string; defect: string; sentence: string } {
  try {
    readUploaded(input, at);
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    expect(error.userMessage).toMatch(/^.{25,}\.$/s);
    return { code: error.code, defect: String(error.details['defect']), sentence: error.userMessage };
  }
  throw new Error('it was accepted');
}

describeWith('openssl', 'the certificate of a custom CA', ({ openssl }) => {
  const ca = opensslCa(openssl);
  afterAll(() => ca[Symbol.dispose]());

  /** The same root with its signed part changed, signed again by its own (P-256) key. */
  const rewrite = (root: MadeRoot, change: (tbs: Uint8Array) => Uint8Array, hash = 'sha256') => {
    const [tbs, algorithm] = readDer(root.der).children.map((child) => encodedOf(child)) as [Uint8Array, Uint8Array];
    const changed = change(tbs);
    const signature = sign(hash, changed, createPrivateKey(readFileSync(root.keyFile, 'utf8')));
    return sequence(changed, algorithm, bitString(signature));
  };

  describe('a good root', () => {
    it.each([
      ['RSA 2048', KEYS.rsa2048, 'RSA 2048', []],
      [
        'RSA 2048, signed by RSA-PSS',
        KEYS.rsa2048,
        'RSA 2048',
        ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'],
      ],
      ['ECDSA P-256', KEYS.p256, 'ECDSA P-256', []],
      ['ECDSA P-384', KEYS.p384, 'ECDSA P-384', ['-sha384']],
      ['Ed25519', KEYS.ed25519, 'Ed25519', []],
    ] as const)(
      'of %s is read as @peculiar/x509 and Node read it, and openssl trusts what it issues',
      (_, key, keyAlgorithm, more) => {
        const root = ca.root({ key, more });
        const read = readUploaded(root.pem, now);
        const reference = new X509Certificate(root.pem);
        const node = new NodeCertificate(root.pem);
        expect(read).toMatchObject({
          commonName: 'Example Root',
          subject: 'CN=Example Root,O=Example',
          keyAlgorithm,
          notBefore: reference.notBefore,
          notAfter: reference.notAfter,
          fingerprint: node.fingerprint256.replaceAll(':', '').toLowerCase(),
          notices: [],
        });
        expect(Buffer.from(read.der)).toEqual(Buffer.from(reference.rawData));
        expect(readUploaded(root.der, now).fingerprint).toBe(read.fingerprint);
        expect(ca.trusts(root, ca.below(root, '/CN=client', CLIENT))).toBe(true);
      },
    );

    it('is the same with other line ends, with text around it, and after a chat has damaged it', () => {
      const root = ca.root();
      const { fingerprint } = readUploaded(root.pem, now);
      const spellings = [
        root.pem.replaceAll('\n', '\r\n'),
        `subject=CN = Example Root\n\n${root.pem}\nsent from my phone`,
        root.pem.replaceAll('-----', '—'),
        root.pem.replaceAll('+', '&#43;').replaceAll('\n', '\\n'),
        root.pem.replace('CERTIFICATE', 'X509 CERTIFICATE').replace('END CERTIFICATE', 'END X509 CERTIFICATE'),
        root.pem.replace(/-----[^-]+-----/g, ''),
      ];
      for (const spelling of spellings) expect(readUploaded(spelling, now).fingerprint).toBe(fingerprint);
      expect(readUploaded(spellings[3] as string, now).notices).not.toEqual([]);
      const utf16 = Buffer.from(`\ufeff${root.pem}`, 'utf16le');
      expect(readUploaded(utf16, now).fingerprint).toBe(fingerprint);
    });

    it.each([
      ['that allows no CA below itself', [`${CA_TRUE},pathlen:0`, CERT_SIGN], /path length 0/],
      ['without a keyUsage', [CA_TRUE], /no keyUsage/],
      ['whose key may not sign CRLs', [CA_TRUE, 'keyUsage=critical,keyCertSign'], /without cRLSign/],
      [
        'with name constraints',
        [CA_TRUE, CERT_SIGN, 'nameConstraints=critical,permitted;DNS:example.com,excluded;IP:10.0.0.0/255.0.0.0'],
        /permitted: `host example\.com`; excluded: `IP 10\.0\.0\.0\/255\.0\.0\.0`/,
      ],
    ])('%s is accepted, and that is said', (_, extensions, notice) => {
      const root = ca.root({ extensions });
      const { notices } = readUploaded(root.pem, now);
      expect(notices).toHaveLength(1);
      expect(notices[0]).toMatch(notice);
      expect(ca.trusts(root, ca.below(root, '/CN=client', CLIENT))).toBe(true);
    });

    it('with path length 0 is one whose intermediates openssl does not let through, as the notice says', () => {
      const root = ca.root({ extensions: [`${CA_TRUE},pathlen:0`, CERT_SIGN] });
      const between = ca.below(root, '/CN=between', ROOT_EXTENSIONS);
      expect(ca.trusts(root, ca.below(between, '/CN=client', CLIENT), between)).toBe(false);
    });

    it('with clientAuth among its purposes is accepted', () => {
      const root = ca.root({ extensions: [...ROOT_EXTENSIONS, 'extendedKeyUsage=serverAuth,clientAuth'] });
      expect(readUploaded(root.pem, now).notices).toEqual([]);
      expect(ca.trusts(root, ca.below(root, '/CN=client', CLIENT))).toBe(true);
    });

    it('is accepted until the second of its end, and says when that is near', () => {
      const root = ca.root();
      const { notBefore, notAfter } = readUploaded(root.pem, now);
      expect(readUploaded(root.pem, notBefore).notices).toEqual([]);
      expect(readUploaded(root.pem, notAfter).notices).toEqual([expect.stringMatching(/ends soon/)]);
      expect(refusal(root.pem, new Date(notAfter.getTime() + 1000))).toMatchObject({
        code: 'ca_not_valid_now',
        defect: 'expired',
      });
      expect(refusal(root.pem, new Date(notBefore.getTime() - 1000))).toMatchObject({
        code: 'ca_not_valid_now',
        defect: 'not_yet_valid',
      });
    });
  });

  it('made by the command of the documentation is accepted without a notice', () => {
    const page = readFileSync(new URL('../../../docs/custom-cas.md', import.meta.url), 'utf8');
    const command = /^openssl (req -x509 .*)$/m.exec(page)?.[1] ?? '';
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    expect(words).toContain('root.crt');
    const folder = mkdtempSync(join(tmpdir(), 'documented-'));
    ca.run(...words.map((word) => word.replace(/^root\./, `${folder}/root.`)));
    const read = readUploaded(readFileSync(`${folder}/root.crt`), now);
    rmSync(folder, { recursive: true });
    expect(read).toMatchObject({ commonName: 'Plant Root', keyAlgorithm: 'ECDSA P-256', notices: [] });
  });

  describe('what is not a root', () => {
    const root = () => ca.root();

    it('is named: a leaf, an intermediate, a cross-signed twin, a chain of three', () => {
      const top = root();
      const between = ca.below(top, '/CN=Between', ROOT_EXTENSIONS);
      const leaf = ca.below(between, '/CN=alice', CLIENT);
      const other = ca.root({ subject: '/CN=Other Root' });
      const twin = ca.below(other, '/O=Example/CN=Example Root', ROOT_EXTENSIONS, top.keyFile);
      expect(refusal(leaf.pem)).toMatchObject({
        defect: 'leaf',
        sentence: expect.stringMatching(/`CN=alice`.*`CN=Between`/),
      });
      expect(refusal(between.pem)).toMatchObject({
        defect: 'intermediate',
        sentence: expect.stringMatching(/`CN=Between`.*Example Root/),
      });
      expect(refusal(twin.pem)).toMatchObject({
        defect: 'intermediate',
        sentence: expect.stringMatching(/Other Root/),
      });
      const chain = refusal(`${leaf.pem}${between.pem}${top.pem}`);
      expect(chain).toMatchObject({ code: 'ca_refused', defect: 'several_certificates' });
      expect(chain.sentence).toMatch(
        /3 certificates: `CN=alice`, `CN=Between`, `CN=Example Root,O=Example` \(signed by itself\)\. Upload .*root/,
      );
    });

    it('is named: a request, a public key, a CRL, PKCS#7 and PKCS#12, as text and as files', () => {
      const top = root();
      const publicKey = ca.run('pkey', '-in', top.keyFile, '-pubout');
      const bundle = ca.run('crl2pkcs7', '-nocrl', '-certfile', top.certificateFile);
      const derOf = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
      const csr = ca.csr();
      expect(refusal(csr).defect).toBe('request_pasted');
      expect(refusal(derOf(csr)).defect).toBe('request_pasted');
      expect(refusal(publicKey).defect).toBe('public_key_pasted');
      expect(refusal(derOf(publicKey)).defect).toBe('public_key_pasted');
      expect(refusal(bundle).defect).toBe('pkcs7_pasted');
      expect(refusal(derOf(bundle)).defect).toBe('pkcs7_pasted');
      expect(refusal(`-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----`).defect).toBe('crl_pasted');
      expect(refusal(ca.run('x509', '-in', top.certificateFile, '-trustout')).defect).toBe('trusted_label');
      expect(refusal('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI').defect).toBe('ssh_key_pasted');
    });

    it('is a private key: refused wherever it stands, with the advice that it is known now, and never repeated', () => {
      const top = root();
      const key = readFileSync(top.keyFile, 'utf8');
      const body = key.split('\n')[1] as string;
      for (const input of [
        key,
        `${top.pem}${key}`,
        `${key}${top.pem}`,
        Buffer.from(key.replace(/-----[^-]+-----|\s/g, ''), 'base64'),
      ]) {
        const { defect, sentence } = refusal(input);
        expect(defect).toBe('private_key_pasted');
        expect(sentence).toMatch(/may be known to others: replace that key/);
        expect(sentence).not.toContain(body.slice(0, 12));
      }
      expect(refusal('PuTTY-User-Key-File-3: ssh-ed25519').defect).toBe('private_key_pasted');
    });

    it.each([
      ['nothing', ' \n', 'empty'],
      ['words', 'Please trust our CA.', 'not_pem'],
      ['a header alone', '-----BEGIN CERTIFICATE-----', 'end_missing'],
      ['an empty block', '-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----', 'body_missing'],
      ['more than 64 KiB', `-----BEGIN CERTIFICATE-----\n${'A'.repeat(66_000)}`, 'too_long'],
      ['a file of more than 64 KiB', new Uint8Array(66_000).fill(0x30), 'too_long'],
      ['four GiB by its length', Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0), 'cut_off'],
      ['an indefinite length', Uint8Array.of(0x30, 0x80, 0x00, 0x00), 'not_der'],
      ['deep nesting', new Uint8Array(Array.from({ length: 50 }, (_, i) => [0x30, 98 - 2 * i]).flat()), 'not_der'],
    ])('is %s', (_, input, defect) => {
      expect(refusal(input).defect).toBe(defect);
    });
  });

  describe('a root that is refused', () => {
    it.each([
      ['with cA FALSE', ['basicConstraints=critical,CA:FALSE', CERT_SIGN], 'not_an_authority'],
      ['without keyCertSign', [CA_TRUE, 'keyUsage=critical,digitalSignature,cRLSign'], 'key_cert_sign_missing'],
      ['with an EKU that lacks clientAuth', [...ROOT_EXTENSIONS, 'extendedKeyUsage=serverAuth'], 'client_auth_missing'],
      [
        'with anyExtendedKeyUsage alone',
        [...ROOT_EXTENSIONS, 'extendedKeyUsage=anyExtendedKeyUsage'],
        'client_auth_missing',
      ],
      [
        'with a critical extension that nobody knows',
        [...ROOT_EXTENSIONS, '1.2.3.4.5=critical,DER:0500'],
        'critical_extension_unknown',
      ],
    ])('%s is one that openssl trusts nothing below of', (_, extensions, defect) => {
      const root = ca.root({ extensions });
      expect(refusal(root.pem)).toMatchObject({ code: 'ca_refused', defect });
      expect(ca.trusts(root, ca.below(root, '/CN=client', CLIENT))).toBe(false);
    });

    it('says in its keyUsage alone that it is a CA, which OpenSSL makes do with and others do not', () => {
      expect(refusal(ca.root({ extensions: [CERT_SIGN] }).pem).defect).toBe('not_an_authority');
    });

    it('is of version 1', () => {
      const root = ca.root();
      // openssl no longer makes any: the same without version and extensions.
      const v1 = rewrite(root, (tbs) => {
        const { version: _, extensions: __, ...parts } = partsOf(tbs);
        return sequence(...Object.values(parts));
      });
      expect(new NodeCertificate(v1).subject).toContain('Example Root');
      expect(refusal(v1).defect).toBe('version');
    });

    it.each([
      ['RSA 1024', { key: KEYS.rsa1024 }, 'rsa_too_short'],
      [
        'a curve that is not accepted',
        { key: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'] },
        'ec_curve',
      ],
      ['an explicit curve', { key: [...KEYS.p256, '-pkeyopt', 'ec_param_enc:explicit'] }, 'ec_explicit_curve'],
      ['the exponent 3', { key: [...KEYS.rsa2048, '-pkeyopt', 'rsa_keygen_pubexp:3'] }, 'rsa_exponent_small'],
      [
        'a key for RSA-PSS alone',
        { key: ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'] },
        'key_rsa_pss_only',
      ],
      ['Ed448', { key: ['-algorithm', 'ED448'] }, 'key_ed448'],
      ['SHA-1', { more: ['-sha1'] }, 'signature_hash_weak'],
      ['SHA-1 with RSA', { key: KEYS.rsa2048, more: ['-sha1'] }, 'signature_hash_weak'],
      ['MD5', { key: KEYS.rsa2048, more: ['-md5'] }, 'signature_hash_weak'],
      [
        'RSA-PSS with a salt of another length',
        { key: KEYS.rsa2048, more: ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:20'] },
        'signature_pss_parameters',
      ],
      ['an empty subject', { subject: '/' }, 'subject_empty'],
      ['a negative serial number', { more: ['-set_serial', '-5'] }, 'serial'],
    ])('is of %s', (_, options, defect) => {
      expect(refusal(ca.root(options).pem).defect).toBe(defect);
    });

    it('is signed by another key, changed, or of two algorithms', () => {
      const root = ca.root();
      const impostor = ca.root();
      const [tbs, algorithm, signature] = readDer(root.der).children.map((child) => encodedOf(child)) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      const foreign = encodedOf(readDer(impostor.der).children[2] as never);
      expect(refusal(sequence(tbs, algorithm, foreign)).defect).toBe('signature_wrong');
      const moved = Uint8Array.from(root.der);
      const at = Buffer.from(moved).indexOf('Example Root');
      moved[at] = 0x46;
      expect(refusal(moved).defect).toBe('intermediate');
      expect(refusal(sequence(tbs, sequence(oid(OID.ecdsaWithSHA384)), signature)).defect).toBe('algorithms_differ');
      const rsa = sequence(oid(OID.sha256WithRSAEncryption), NULL);
      const other = rewrite(root, (signed) => joinParts({ ...partsOf(signed), algorithm: rsa }));
      const [changed, , again] = readDer(other).children.map((child) => encodedOf(child)) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      expect(refusal(sequence(changed, rsa, again)).defect).toBe('signature_algorithm_of_another_key');
    });

    it('has an extension twice, name constraints that say nothing, or something behind its end', () => {
      const root = ca.root();
      const keyUsage = extensionOf('keyUsage', Uint8Array.of(0x03, 0x02, 0x01, 0x06), true);
      const twice = rewrite(root, (tbs) => withExtension(tbs, '1.2.3', keyUsage));
      expect(refusal(twice).defect).toBe('extension_twice');
      const empty = rewrite(root, (tbs) =>
        withExtension(tbs, '1.2.3', extensionOf('nameConstraints', Uint8Array.of(0x30, 0x00), true)),
      );
      expect(refusal(empty).defect).toBe('not_der');
      expect(refusal(Buffer.concat([root.der, Buffer.from([0])])).defect).toBe('trailing_data');
      expect(refusal(root.der.subarray(0, -3)).defect).toBe('cut_off');
    });

    it.each([
      ['that of an authority of ours', '/CN=Countersign T0ACME G1'],
      ['in other letters, which a verifier takes for the same', '/CN=COUNTERSIGN  T0acme g2'],
      ['of another account', '/O=Other/CN=Countersign T0OTHER G7'],
    ])('has a name like %s', (_, subject) => {
      expect(refusal(ca.root({ subject }).pem).defect).toBe('subject_of_managed');
    });

    it('is an authority of ours', () => {
      expect(refusal(authority.certificateDer, new Date('2026-06-01T00:00:00Z')).defect).toBe('subject_of_managed');
    });

    it('has a subject that reverses the direction of writing', () => {
      expect(refusal(ca.root({ subject: '/CN=Good \u202etooR' }).pem).defect).toBe('subject_unreadable');
    });
  });
});
