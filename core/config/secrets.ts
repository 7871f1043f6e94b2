import { hkdfSync } from 'node:crypto';

/**
 * What a key seals. The supervisor and the worker hold the master key and with it all of these; every other process
 * is given only the purposes it needs, as `COUNTERSIGN_KEY_<PURPOSE>`.
 */
export const PURPOSES = [
  'authority',
  'slack-token',
  'access-key',
  'reveal',
  'feed',
  'audit',
  'ocsp',
  'approval',
  'edge',
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Keys by purpose, 32 octets each. Apart from the config, so that a config may be printed. */
export type SealingKeys = Readonly<Partial<Record<Purpose, Uint8Array>>>;

/** The name of the variable that hands one purpose's key to a process. */
export function purposeVariable(purpose: Purpose): string {
  return `COUNTERSIGN_KEY_${purpose.toUpperCase().replaceAll('-', '_')}`;
}

/** HKDF-SHA256 (RFC 5869) of the master key, one independent key for each purpose. */
export function deriveSealingKeys(masterKey: Uint8Array): Required<SealingKeys> {
  const derive = (purpose: Purpose) =>
    new Uint8Array(hkdfSync('sha256', masterKey, 'countersign', `countersign/seal/${purpose}`, 32));
  return Object.fromEntries(PURPOSES.map((purpose) => [purpose, derive(purpose)])) as Required<SealingKeys>;
}

/**
 * 32 octets from base64 or base64url.
 * @throws Error with a sentence that names the variable, when the text is anything else.
 */
export function parseKey(name: string, text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text.trim()) || bytes.length !== 32) {
    throw new Error(`${name} must be 32 random bytes in base64: openssl rand -base64 32`);
  }
  return new Uint8Array(bytes);
}
