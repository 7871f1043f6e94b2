import { createHmac } from 'node:crypto';
import { parsePublicKey } from '../ed25519.ts';
import { isSameHash } from './credential.ts';

/** What an edge trusts from its beginning: its account and that account's feed key. */
export type Pin = { account: string; pinnedKey: string };

/** As it is shown and configured: `ACCOUNT.KEY`. */
export function formatPin({ account, pinnedKey }: Pin): string {
  return `${account}.${pinnedKey}`;
}

/** @returns undefined for anything else. */
export function parsePin(text: string): Pin | undefined {
  const { account, pinnedKey } = /^(?<account>[\w-]{1,64})\.(?<pinnedKey>[A-Za-z0-9_-]{43})$/.exec(text)?.groups ?? {};
  return account && pinnedKey && parsePublicKey(pinnedKey) ? { account, pinnedKey } : undefined;
}

/**
 * Vouches for a pin towards the installation's own gateway, which was given nothing but a secret that worker and
 * supervisor derive from the master key: so the api, which relays it, cannot put another key in its place.
 */
export function provePin(secret: Uint8Array, pin: Pin): string {
  return createHmac('sha256', secret)
    .update(`countersign/edge-pin/1\n${formatPin(pin)}`)
    .digest('base64url');
}

export function isProven(secret: Uint8Array, pin: Pin, proof: string): boolean {
  return isSameHash(provePin(secret, pin), proof);
}
