/** The signature algorithms of our authorities: SHA-256 or better, P-384 with SHA-384 (RFC 5758 3.2, RFC 4055 5). */
import { OID } from './der/oids.ts';
import { NULL, oid, sequence } from './der/writer.ts';
import type { PublicKey } from './public-key.ts';

export type SignatureAlgorithm = 'ecdsa-sha256' | 'ecdsa-sha384' | 'rsa-sha256';

/** Parameters are NULL for RSA PKCS#1 v1.5 and absent for ECDSA. */
export const SIGNATURE_ALGORITHMS: Record<SignatureAlgorithm, { identifier: Uint8Array; hash: 'sha256' | 'sha384' }> = {
  'ecdsa-sha256': { identifier: sequence(oid(OID.ecdsaWithSHA256)), hash: 'sha256' },
  'ecdsa-sha384': { identifier: sequence(oid(OID.ecdsaWithSHA384)), hash: 'sha384' },
  'rsa-sha256': { identifier: sequence(oid(OID.sha256WithRSAEncryption), NULL), hash: 'sha256' },
};

/** The one algorithm a key of ours signs with; `undefined` for keys that no authority here has. */
export function algorithmFor(key: PublicKey): SignatureAlgorithm | undefined {
  if (key.kind === 'rsa') return 'rsa-sha256';
  if (key.kind === 'ec' && key.curve === 'P-256') return 'ecdsa-sha256';
  if (key.kind === 'ec' && key.curve === 'P-384') return 'ecdsa-sha384';
  return undefined;
}
