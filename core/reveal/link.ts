import { createCipheriv } from 'node:crypto';
import type { Revealed } from './revealed.ts';

/** How long a link to a private key can be opened (DESIGN section 4). */
export const LINK_LIFETIME_MS = 15 * 60_000;

const NONCE = 12;

/**
 * Seals what a link will show with a key of its own: AES-256-GCM, 12 octets of nonce, ciphertext, 16 of tag, with the
 * link's id as associated data. The key is in the link's fragment and nowhere else; a browser never sends a fragment.
 * @param random a cryptographic source.
 */
export function sealForLink(
  id: string,
  content: Revealed,
  random: (octets: number) => Uint8Array,
): { key: Uint8Array; sealed: Buffer } {
  const key = random(32);
  const nonce = random(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(id));
  const sealed = Buffer.concat([nonce, cipher.update(JSON.stringify(content)), cipher.final(), cipher.getAuthTag()]);
  return { key, sealed };
}

/** @param publicUrl the base of links, without a slash at its end. */
export function linkTo(publicUrl: string, id: string, key: Uint8Array): string {
  return `${publicUrl}/reveal/${id}#${Buffer.from(key).toString('base64url')}`;
}
