import { describe, expect, it } from 'vitest';
import { createAuthority, parseAuthority } from '../../../core/ca/authority.ts';
import { describeCertificate, toPem } from '../../../core/ca/certificate.ts';
import { DerError } from '../../../core/ca/der/reader.ts';
import { makeEcKeyPair } from '../../../core/ca/keys.ts';
import { type Linted, prepareAuthority, prepareLeaf } from '../../../core/ca/prepare.ts';
import { makeLocalSigner, signLinted } from '../../../core/ca/sign.ts';
import { CountersignError } from '../../../core/errors.ts';
import { authority, issuer, leafIntent, now, seededRandom } from '../../fixtures/ca/certificates.ts';

const signer = makeLocalSigner(authority.privateKeyPkcs8Der);
const other = createAuthority({ accountId: 'T0002', generation: 1, now, random: seededRandom(2) });

function detailsOf(act: () => unknown): Record<string, unknown> {
  try {
    act();
  } catch (error) {
    if (error instanceof CountersignError) return { code: error.code, ...error.details };
    throw error;
  }
  return { code: 'nothing thrown' };
}

describe('a token', () => {
  it('is signed once', () => {
    const linted = prepareLeaf(leafIntent(), issuer);
    expect(signLinted(linted, signer)[0]).toBe(0x30);
    expect(detailsOf(() => signLinted(linted, signer))).toMatchObject({
      code: 'lint_failed',
      rules: 'token_unknown_or_used',
    });
  });

  it('cannot be made elsewhere', () => {
    const forged = { tbs: prepareLeaf(leafIntent(), issuer).tbs } as unknown as Linted;
    expect(detailsOf(() => signLinted(forged, signer))).toMatchObject({ code: 'lint_failed' });
  });

  it('is not changed by changing what it shows', () => {
    const linted = prepareLeaf(leafIntent(), issuer);
    linted.tbs.fill(0);
    expect(describeCertificate(signLinted(linted, signer)).subject).toBe('CN=alice-laptop,O=example.com');
  });

  it('is not given for what breaks a rule, and the error names each one', () => {
    const intent = leafIntent({ subject: { commonName: ' alice', organization: 'x'.repeat(65) } });
    expect(detailsOf(() => prepareLeaf(intent, issuer))).toMatchObject({
      code: 'lint_failed',
      rules: 'subject_length subject_spaces',
    });
    const early = leafIntent({ notAfter: new Date('2026-01-01T00:00:00Z') });
    expect(detailsOf(() => prepareLeaf(early, issuer))).toMatchObject({ rules: 'validity_order' });
  });

  it('is not given for what cannot be encoded', () => {
    const cases = [
      leafIntent({ serial: '0G' }),
      leafIntent({ san: [{ type: 'dns', value: 'ü' }] }),
      leafIntent({ spki: new Uint8Array(3) }),
    ];
    for (const intent of cases)
      expect(detailsOf(() => prepareLeaf(intent, issuer))).toMatchObject({ rules: 'encodable' });
  });

  it('is not given for a leaf whose intent names another issuer than the authority', () => {
    const intent = leafIntent({ issuer: parseAuthority(other.certificateDer) });
    expect(detailsOf(() => prepareLeaf(intent, issuer))).toMatchObject({
      rules: 'issuer_octets authority_key_identifier',
    });
  });

  it('is not given for an authority with a name that is too long', () => {
    const { spki } = makeEcKeyPair('ec-p256');
    const intent = {
      serial: '4a0102030405060708',
      commonName: 'x'.repeat(65),
      spki,
      signatureAlgorithm: 'ecdsa-sha256' as const,
      notBefore: now,
      notAfter: now,
    };
    expect(detailsOf(() => prepareAuthority(intent))).toMatchObject({ rules: 'subject_length' });
  });
});

describe('a signer', () => {
  it('of another authority is refused', () => {
    const wrong = makeLocalSigner(other.privateKeyPkcs8Der);
    expect(detailsOf(() => signLinted(prepareLeaf(leafIntent(), issuer), wrong))).toMatchObject({
      reason: 'signer_is_not_the_issuer',
    });
  });

  it('that claims to be the issuer and is not, or computes wrongly, gives nothing', () => {
    const wrong = makeLocalSigner(other.privateKeyPkcs8Der);
    const liar = { ...signer, sign: wrong.sign };
    const faulty = {
      ...signer,
      sign: (octets: Uint8Array) => signer.sign(octets).map((octet, i) => (i === 40 ? octet ^ 1 : octet)),
    };
    for (const bad of [liar, faulty]) {
      const linted = prepareLeaf(leafIntent(), issuer);
      expect(detailsOf(() => signLinted(linted, bad))).toMatchObject({
        code: 'internal',
        reason: 'signature_does_not_verify',
      });
      expect(detailsOf(() => signLinted(linted, signer))).toMatchObject({ rules: 'token_unknown_or_used' });
    }
  });
});

describe('an authority', () => {
  it('has a name of its own for each account and generation', () => {
    const names = [
      ['T1', 1],
      ['T1', 2],
      ['T2', 1],
    ].map(([accountId, generation]) => {
      const made = createAuthority({
        accountId: String(accountId),
        generation: Number(generation),
        now,
        random: seededRandom(3),
      });
      return describeCertificate(made.certificateDer).subject;
    });
    expect(names).toEqual(['CN=Countersign T1 G1', 'CN=Countersign T1 G2', 'CN=Countersign T2 G1']);
  });

  it('is read back from its certificate', () => {
    expect(issuer).toMatchObject({
      subjectDer: authority.subjectDer,
      subjectKeyIdentifier: authority.ski,
      notBefore: authority.notBefore,
      notAfter: authority.notAfter,
    });
    expect(issuer.signatureAlgorithm).toBe('ecdsa-sha256');
  });

  it('is not read from a leaf, nor from noise', () => {
    const leaf = signLinted(prepareLeaf(leafIntent(), issuer), signer);
    expect(detailsOf(() => parseAuthority(leaf))).toMatchObject({ code: 'internal', reason: 'not_an_authority' });
    expect(() => parseAuthority(Uint8Array.of(0x30, 0))).toThrow(DerError);
  });
});

it('a certificate is described in the spelling that searches use', () => {
  const der = signLinted(prepareLeaf(leafIntent(), issuer), signer);
  const text = describeCertificate(der);
  expect(text).toMatchObject({
    serial: '4a0102030405060708090a0b0c0d0e0f',
    subject: 'CN=alice-laptop,O=example.com',
    issuer: 'CN=Countersign T0001 G1',
    notBefore: leafIntent().notBefore,
    notAfter: leafIntent().notAfter,
    keyAlgorithm: 'ECDSA P-256',
  });
  expect(text.fingerprintSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(text.pem).toBe(toPem(der, 'CERTIFICATE'));
  expect(Math.max(...text.pem.split('\n').map((line) => line.length))).toBe(64);
  expect(() => describeCertificate(der.subarray(1))).toThrow(DerError);
});
