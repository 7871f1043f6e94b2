import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * What an edge shows to the feed: `ID.SECRET`, the id of its row and 32 random octets in base64url. Only the hash of
 * the secret is kept; so many random bits need no slow hash.
 */
export type Credential = { edgeId: string; secretHash: string };

/** Room for longer ids than we make, and no more. */
const TEXT = /^(?<edgeId>[\w-]{1,64})\.(?<secret>[A-Za-z0-9_-]{43})$/;
const SECRET_OCTETS = 32;

export function makeCredential(edgeId: string): { text: string; secretHash: string } {
  return credentialOf(edgeId, randomBytes(SECRET_OCTETS));
}

export function credentialOf(edgeId: string, octets: Uint8Array): { text: string; secretHash: string } {
  const secret = Buffer.from(octets).toString('base64url');
  return { text: `${edgeId}.${secret}`, secretHash: hash('sha256', secret) };
}

/** @returns undefined for what is no credential. */
export function parseCredential(text: string): Credential | undefined {
  const { edgeId, secret } = TEXT.exec(text)?.groups ?? {};
  return edgeId && secret ? { edgeId, secretHash: hash('sha256', secret) } : undefined;
}

/** In a time that says nothing about where they differ. */
export function isSameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
