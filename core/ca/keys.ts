/** System keys: made in this process, handed over once, kept nowhere. */
import { createECDH, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { toPem } from './certificate.ts';
import { OID } from './der/oids.ts';
import { bitString, explicit, octetString, oid, sequence, smallInteger } from './der/writer.ts';
import type { KeyType } from './profile.ts';

export type KeyPair = { spki: Uint8Array; privateKeyPkcs8Pem: string };

const generate = promisify(generateKeyPair);

const RSA_BITS = { 'rsa-2048': 2048, 'rsa-3072': 3072, 'rsa-4096': 4096 } as const;

const CURVES = {
  'ec-p256': { name: 'prime256v1', octets: 32, identifier: OID.prime256v1 },
  'ec-p384': { name: 'secp384r1', octets: 48, identifier: OID.secp384r1 },
} as const;

/** A new key. EC keys take well under a millisecond; RSA keys are made in libuv's thread pool, which takes 0.1 s to many seconds. */
export async function makeKeyPair(keyType: KeyType): Promise<KeyPair> {
  if (keyType === 'ec-p256' || keyType === 'ec-p384') {
    const { spki, pkcs8 } = makeEcKeyPair(keyType);
    return { spki, privateKeyPkcs8Pem: toPem(pkcs8, 'PRIVATE KEY') };
  }
  const { publicKey, privateKey } = await generate('rsa', {
    modulusLength: RSA_BITS[keyType],
    publicExponent: 65537,
    publicKeyEncoding: { format: 'der', type: 'spki' },
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
  });
  return { spki: new Uint8Array(publicKey), privateKeyPkcs8Pem: privateKey };
}

/**
 * An EC key in its two encodings (RFC 5480 2; RFC 5958 2 around RFC 5915 3). `createECDH` is seven times as fast as
 * `generateKeyPair`, so the encodings are written here.
 */
export function makeEcKeyPair(keyType: keyof typeof CURVES): { spki: Uint8Array; pkcs8: Uint8Array } {
  const { name, octets, identifier } = CURVES[keyType];
  const ecdh = createECDH(name);
  const point = bitString(ecdh.generateKeys());
  const scalar = new Uint8Array(octets);
  const magnitude = ecdh.getPrivateKey();
  scalar.set(magnitude, octets - magnitude.length);
  magnitude.fill(0);
  const algorithm = sequence(oid(OID.ecPublicKey), oid(identifier));
  return {
    spki: sequence(algorithm, point),
    pkcs8: sequence(
      smallInteger(0),
      algorithm,
      octetString(sequence(smallInteger(1), octetString(scalar), explicit(1, point))),
    ),
  };
}
