import type { Revealed } from '../../core/reveal/revealed.ts';

const NONCE = 12;

/**
 * Opens what the server holds with the key from the link's fragment (AES-256-GCM, the link's id as associated data).
 * @throws when the key is not the one it was sealed with.
 */
export async function unseal(sealed: ArrayBuffer, id: string, fragment: string): Promise<Revealed> {
  const octets = octetsOf(fragment);
  const key = await crypto.subtle.importKey('raw', octets, 'AES-GCM', false, ['decrypt']);
  const how = { name: 'AES-GCM', iv: sealed.slice(0, NONCE), additionalData: new TextEncoder().encode(id) };
  const plain = await crypto.subtle.decrypt(how, key, sealed.slice(NONCE));
  return JSON.parse(new TextDecoder().decode(plain)) as Revealed;
}

/** Whether a fragment can be a key: 32 octets in base64url. Asked before the link is used up. */
export function isKey(fragment: string): boolean {
  return /^[\w-]{43}$/.test(fragment);
}

function octetsOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
