import { createPublicKey, hash, type KeyObject } from 'node:crypto';

/** Ed25519 keys (RFC 8032) as the octets that people pin and that are sealed. */

/** What precedes the 32 octets in SubjectPublicKeyInfo (RFC 8410 section 10). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

export type Ed25519PublicKey = {
  /** The 32 octets in base64url, 43 characters. */
  text: string;
  /** The first 16 hex digits of SHA-256 of the 32 octets. Proves nothing. */
  id: string;
  key: KeyObject;
};

export function publicHalf(privateKey: KeyObject): Ed25519PublicKey {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return fromOctets(spki.subarray(SPKI.length));
}

/** @returns undefined for anything but the one spelling of a key. */
export function parsePublicKey(text: string): Ed25519PublicKey | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return undefined;
  const octets = Buffer.from(text, 'base64url');
  // The last character has two bits to spare: only one spelling is the key's.
  return octets.toString('base64url') === text ? fromOctets(octets) : undefined;
}

function fromOctets(octets: Buffer): Ed25519PublicKey {
  return {
    text: octets.toString('base64url'),
    id: hash('sha256', octets).slice(0, 16),
    key: createPublicKey({ key: Buffer.concat([SPKI, octets]), format: 'der', type: 'spki' }),
  };
}
