/** Signing keys, and the one place where an authority's key is used on a certificate. */
import { createPrivateKey, createPublicKey, createSign, type KeyObject, sign as signWith, verify } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import { algorithmFor, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from './algorithms.ts';
import { bitString, compareOctets, sequence } from './der/writer.ts';
import { type Linted, redeem } from './prepare.ts';
import { readPublicKey } from './public-key.ts';

/** A signing key, wherever it is kept: in this process or behind PKCS#11. */
export type Signer = {
  algorithm: SignatureAlgorithm;
  publicKeySpki: Uint8Array;
  /** The signature value over these octets, hashed as the algorithm says; ECDSA as the DER SEQUENCE of r and s. */
  sign(octets: Uint8Array): Uint8Array;
  /** The same signature over octets that are given bit by bit, because they are many. */
  startSigning(): Signing;
};

export type Signing = { update(octets: Uint8Array): void; end(): Uint8Array };

/** Opened once for each signer, since importing a key costs as much as signing with it. */
const publicKeys = new WeakMap<Signer, KeyObject>();

/**
 * The certificate, in DER. The token is used up, also when this throws.
 * @throws CountersignError `lint_failed` for a token that was not made by prepare or is used already; `internal` when
 *   the signer is not the issuer, or the signature does not verify with the issuer's key (a fault in a computation
 *   can give away an RSA or ECDSA key, so a wrong signature never leaves).
 */
export function signLinted(linted: Linted, signer: Signer): Uint8Array {
  const { tbs, algorithm, issuerSpki } = redeem(linted);
  if (signer.algorithm !== algorithm || compareOctets(signer.publicKeySpki, issuerSpki) !== 0) {
    throw new CountersignError('internal', { details: { reason: 'signer_is_not_the_issuer' } });
  }
  return sequence(tbs, SIGNATURE_ALGORITHMS[algorithm].identifier, bitString(signOctets(signer, tbs)));
}

/**
 * A signature over what is no certificate: an OCSP answer.
 * @throws CountersignError `internal` when it does not verify with the signer's own key, see `signLinted`.
 */
export function signOctets(signer: Signer, octets: Uint8Array): Uint8Array {
  const signature = signer.sign(octets);
  if (!verify(SIGNATURE_ALGORITHMS[signer.algorithm].hash, octets, publicKeyOf(signer), signature)) {
    throw new CountersignError('internal', { details: { reason: 'signature_does_not_verify' } });
  }
  return signature;
}

/** A signer for a PKCS#8 key in memory. Throws CountersignError `internal` for a key no authority here may have. */
export function makeLocalSigner(pkcs8Der: Uint8Array): Signer {
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8Der), format: 'der', type: 'pkcs8' });
  const publicKeySpki = new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }));
  const publicKey = readPublicKey(publicKeySpki);
  const algorithm = 'defect' in publicKey ? undefined : algorithmFor(publicKey);
  if (!algorithm) throw new CountersignError('internal', { details: { reason: 'key_cannot_be_an_authority' } });
  const { hash } = SIGNATURE_ALGORITHMS[algorithm];
  return {
    algorithm,
    publicKeySpki,
    sign: (octets) => signWith(hash, octets, privateKey),
    startSigning() {
      const signing = createSign(hash);
      return { update: (octets) => void signing.update(octets), end: () => signing.sign(privateKey) };
    },
  };
}

export function publicKeyOf(signer: Signer): KeyObject {
  const known = publicKeys.get(signer);
  if (known) return known;
  const opened = createPublicKey({ key: Buffer.from(signer.publicKeySpki), format: 'der', type: 'spki' });
  publicKeys.set(signer, opened);
  return opened;
}
