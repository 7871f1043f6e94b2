import { hash } from 'node:crypto';
import { subjectPublicKeyOf } from './public-key.ts';

/** RFC 7093 method 1: the leftmost 160 bits of the SHA-256 of the subjectPublicKey. No SHA-1 anywhere in a certificate. */
export function computeKeyIdentifier(spki: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', subjectPublicKeyOf(spki), 'buffer').subarray(0, 20));
}
