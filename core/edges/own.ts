import { hkdfSync } from 'node:crypto';
import { credentialOf } from './credential.ts';

/**
 * The installation's own gateway. Nobody adds it and nothing is shown for it: its credential and the secret by which it
 * knows the feed key both follow from the key `edge`, which worker and gateway are given.
 */
export const OWN_EDGE = { id: 'built-in', name: 'gateway', kind: 'gateway' } as const;

/** @param key 32 octets */
export function deriveOwnEdge(key: Uint8Array): { credential: string; secretHash: string; pinSecret: Uint8Array } {
  const derive = (what: string) =>
    new Uint8Array(hkdfSync('sha256', key, 'countersign', `countersign/edge/${what}`, 32));
  const { text, secretHash } = credentialOf(OWN_EDGE.id, derive('credential'));
  return { credential: text, secretHash, pinSecret: derive('pin') };
}
