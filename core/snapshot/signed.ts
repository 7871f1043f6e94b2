import { type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../canonical-json.ts';
import type { Ed25519PublicKey } from '../ed25519.ts';
import { parsePublicKey } from '../ed25519.ts';
import { parseCanonical, parseHeader, type SignedHeader, type SnapshotHeader } from './header.ts';

/**
 * What a feed key signs: snapshots, heartbeats and its own successor. Each is signed with a label before it, so that
 * none can be passed off as another.
 */
const LABELS = {
  snapshot: 'countersign/snapshot/1\n',
  heartbeat: 'countersign/heartbeat/1\n',
  successor: 'countersign/feed-key/1\n',
} as const;
type Label = keyof typeof LABELS;

/** A feed key with its private half. */
export type FeedSigner = { privateKey: KeyObject; publicKey: Ed25519PublicKey };

/** Text that was signed, its signature in base64, and the id of the key. */
export type Signed = { text: string; signature: string; key: string };

/** Says which version is the newest at a moment, so that an edge notices when one is withheld. */
export type Heartbeat = { account: string; epoch: number; version: number; at: string };

/** The old key's word for the new one. */
export type Successor = { account: string; from: string; to: string; at: string };

export function signHeader(signer: FeedSigner, header: SnapshotHeader): SignedHeader {
  const { text, signature, key } = signText(signer, 'snapshot', canonicalJson(header));
  return { header: text, signature, key };
}

export function signHeartbeat(signer: FeedSigner, heartbeat: Heartbeat): Signed {
  return signText(signer, 'heartbeat', canonicalJson(heartbeat));
}

export function signSuccessor(signer: FeedSigner, successor: Successor): Signed {
  return signText(signer, 'successor', canonicalJson(successor));
}

/** @returns undefined when it is no header, or not signed by this key. */
export function openHeader(signed: SignedHeader, key: Ed25519PublicKey): SnapshotHeader | undefined {
  const whole = { text: signed.header, signature: signed.signature, key: signed.key };
  return isSigned('snapshot', whole, key) ? parseHeader(signed.header) : undefined;
}

/** @returns undefined when it is no heartbeat, or not signed by this key. */
export function openHeartbeat(signed: Signed, key: Ed25519PublicKey): Heartbeat | undefined {
  return isSigned('heartbeat', signed, key) ? parseCanonical(signed.text, heartbeatSchema) : undefined;
}

/**
 * The keys from one that is trusted to the one that is in force now, in their order: each names the next, and signs that.
 * Statements about other keys are passed over.
 */
export function followSuccessors(
  account: string,
  trusted: Ed25519PublicKey,
  statements: readonly Signed[],
): [Ed25519PublicKey, ...Ed25519PublicKey[]] {
  const keys: [Ed25519PublicKey, ...Ed25519PublicKey[]] = [trusted];
  for (const statement of statements) {
    const key = keys.at(-1) as Ed25519PublicKey;
    if (statement.key !== key.id || !isSigned('successor', statement, key)) continue;
    const successor = parseCanonical(statement.text, successorSchema);
    const next =
      successor?.account === account && successor.from === key.text ? parsePublicKey(successor.to) : undefined;
    if (next) keys.push(next);
  }
  return keys;
}

function signText({ privateKey, publicKey }: FeedSigner, label: Label, text: string): Signed {
  const signature = sign(null, Buffer.from(LABELS[label] + text), privateKey).toString('base64');
  return { text, signature, key: publicKey.id };
}

function isSigned(label: Label, { text, signature, key }: Signed, publicKey: Ed25519PublicKey): boolean {
  if (key !== publicKey.id) return false;
  const octets = Buffer.from(signature, 'base64');
  // One signature, one spelling.
  if (octets.length !== 64 || octets.toString('base64') !== signature) return false;
  return verify(null, Buffer.from(LABELS[label] + text), publicKey.key, octets);
}

const account = z.string().regex(/^[\w-]{1,64}$/);
const publicKey = z.string().length(43);
const heartbeatSchema = z.strictObject({
  account,
  epoch: z.int().min(0),
  version: z.int().min(0),
  at: z.iso.datetime(),
});
const successorSchema = z.strictObject({ account, from: publicKey, to: publicKey, at: z.iso.datetime() });
