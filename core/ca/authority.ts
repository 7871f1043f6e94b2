/** Managed authorities: one key generation of one account. */
import { CountersignError } from '../errors.ts';
import { algorithmFor } from './algorithms.ts';
import { OID } from './der/oids.ts';
import { contentOf, DerError, encodedOf, expectTag, readDer } from './der/reader.ts';
import { timeOf } from './der/values.ts';
import { readCertificate } from './fields.ts';
import { makeEcKeyPair } from './keys.ts';
import { prepareAuthority } from './prepare.ts';
import { type AuthorityFacts, decideAuthorityValidity } from './profile.ts';
import { readPublicKey } from './public-key.ts';
import { makeSerial, serialOf } from './serial.ts';
import { makeLocalSigner, signLinted } from './sign.ts';

export type NewAuthority = {
  certificateDer: Uint8Array;
  privateKeyPkcs8Der: Uint8Array;
  subjectDer: Uint8Array;
  ski: Uint8Array;
  serial: string;
  notBefore: Date;
  notAfter: Date;
};

/**
 * A new ECDSA P-256 authority, valid for 25 years. Its name holds account and generation, because two authorities
 * with one name and different keys confuse everything that looks issuers up by name. Nothing is stored here; the
 * caller seals the private key.
 */
export function createAuthority(options: {
  accountId: string;
  generation: number;
  now: Date;
  random: (octets: number) => Uint8Array;
}): NewAuthority {
  const { accountId, generation, now, random } = options;
  const { spki, pkcs8 } = makeEcKeyPair('ec-p256');
  const { notBefore, notAfter } = decideAuthorityValidity(now);
  const serial = makeSerial(random);
  const linted = prepareAuthority({
    serial,
    commonName: `Countersign ${accountId} G${generation}`,
    spki,
    signatureAlgorithm: 'ecdsa-sha256',
    notBefore,
    notAfter,
  });
  const certificateDer = signLinted(linted, makeLocalSigner(pkcs8));
  const { subjectDer, subjectKeyIdentifier } = parseAuthority(certificateDer);
  return {
    certificateDer,
    privateKeyPkcs8Der: pkcs8,
    subjectDer,
    ski: subjectKeyIdentifier,
    serial,
    notBefore,
    notAfter,
  };
}

/**
 * A managed authority from its own certificate, to issue below it.
 * @throws DerError when it is not a certificate; CountersignError `internal` when it cannot be an issuer.
 */
export function parseAuthority(certificateDer: Uint8Array): AuthorityFacts {
  const fields = readCertificate(certificateDer);
  const find = (id: string) => fields.extensions.find(({ oid }) => oid === id);
  const identifier = find(OID.subjectKeyIdentifier);
  const constraints = find(OID.basicConstraints);
  const isAuthority = constraints && readDer(constraints.value).children[0]?.tag === 0x01;
  const key = readPublicKey(fields.spki);
  const signatureAlgorithm = 'defect' in key ? undefined : algorithmFor(key);
  const notBefore = timeOf(fields.notBefore);
  const notAfter = timeOf(fields.notAfter);
  if (!notBefore || !notAfter) throw new DerError('a time is malformed', fields.notBefore.start);
  if (!identifier || !isAuthority || !signatureAlgorithm) {
    throw new CountersignError('internal', {
      details: { reason: 'not_an_authority', serial: serialOf(fields.serial) },
    });
  }
  return {
    subjectDer: encodedOf(fields.subject),
    subjectKeyIdentifier: contentOf(expectTag(readDer(identifier.value), 0x04, 'the subject key identifier')),
    spki: fields.spki,
    signatureAlgorithm,
    notBefore,
    notAfter,
  };
}
