import { refuse } from './csr/refusal.ts';
import { readPublicKey } from './public-key.ts';
import { findWeakness } from './weak-rsa.ts';

/**
 * A SubjectPublicKeyInfo whose key may be certified.
 * @throws CountersignError `csr_refused` that says what is wrong with it; DerError when it is none.
 */
export function requireUsableKey(spki: Uint8Array): Uint8Array {
  const key = readPublicKey(spki);
  if ('defect' in key) return refuse(key.defect, key.sentence);
  const weakness = key.kind === 'rsa' ? findWeakness(key.modulus) : undefined;
  return weakness ? refuse(weakness.defect, weakness.sentence) : spki;
}
