import { sign, verify } from 'node:crypto';
import type { AuditKey, AuditPublicKey } from './key.ts';

/**
 * A checkpoint says, signed: "the first SEQUENCE events of ACCOUNT have the hash HASH". One line of printable ASCII:
 *
 *     countersign-audit-v1 ACCOUNT SEQUENCE HASH TIME KEYID SIGNATURE
 *
 * with single spaces; SEQUENCE in decimal, HASH the hash of that event in 64 lower-case hexadecimal digits, TIME in
 * UTC as `2026-03-01T12:00:00.000Z`, KEYID in 16 characters (key.ts), and the Ed25519 signature in 86 characters of
 * base64url. What is signed is the line up to and without the space before SIGNATURE.
 */
export type Checkpoint = { account: string; sequence: number; hash: string; at: Date; keyId: string; line: string };

const FORMAT = 'countersign-audit-v1';
const PARTS = [
  FORMAT,
  '(?<account>[A-Za-z0-9_-]{1,64})',
  '(?<sequence>[1-9][0-9]{0,15})',
  '(?<hash>[0-9a-f]{64})',
  '(?<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z)',
  '(?<keyId>[A-Za-z0-9_-]{16})',
  '[A-Za-z0-9_-]{86}',
];
const LINE = new RegExp(`^${PARTS.join(' ')}$`);
/** Longer than any line can be, and short enough to be read at leisure. */
const MOST_CHARACTERS = 400;
/** What is copied out of a chat may be quoted, marked as code, or broken over lines. */
const MOST_COPIED = 4_000;

export function signCheckpoint(
  key: AuditKey,
  { account, sequence, hash, at }: Pick<Checkpoint, 'account' | 'sequence' | 'hash' | 'at'>,
): string {
  const signed = [FORMAT, account, sequence, hash, at.toISOString(), key.publicKey.id].join(' ');
  const line = `${signed} ${sign(null, Buffer.from(signed), key.privateKey).toString('base64url')}`;
  if (!parseCheckpoint(line)) throw new RangeError('not what a checkpoint can be made of');
  return line;
}

/** Reads a line in its one spelling. @returns undefined for anything else; the signature is not checked. */
export function parseCheckpoint(line: string): Checkpoint | undefined {
  if (line.length > MOST_CHARACTERS) return undefined;
  const { account, sequence, hash, at, keyId } = LINE.exec(line)?.groups ?? {};
  if (!account || !hash || !keyId) return undefined;
  const time = new Date(at as string);
  if (Number.isNaN(time.getTime()) || time.toISOString() !== at || !Number.isSafeInteger(Number(sequence))) {
    return undefined;
  }
  return { account, sequence: Number(sequence), hash, at: time, keyId, line };
}

/** Whether the line was signed with this key. */
export function verifyCheckpoint(checkpoint: Checkpoint, key: AuditPublicKey): boolean {
  const end = checkpoint.line.lastIndexOf(' ');
  const text = checkpoint.line.slice(end + 1);
  const signature = Buffer.from(text, 'base64url');
  // One signature, one spelling: the last character has bits to spare.
  if (checkpoint.keyId !== key.id || signature.toString('base64url') !== text) return false;
  return verify(null, Buffer.from(checkpoint.line.slice(0, end)), key.key, signature);
}

/**
 * The checkpoint in what a person has copied out of Slack: quotation and code marks, other text around it, and line
 * breaks between its parts are tolerated.
 * @returns undefined when there is none, or more than one.
 */
export function findCheckpoint(copied: string): Checkpoint | undefined {
  if (copied.length > MOST_COPIED) return undefined;
  const words = copied
    .replace(/[\u200b-\u200d\u2060\ufeff]/g, '')
    .split(/[\s\u00a0>`'"“”‘’,;]+|&gt;/)
    .filter((word) => word !== '');
  const starts = words.flatMap((word, index) => (word === FORMAT ? [index] : []));
  if (starts.length !== 1) return undefined;
  const [start = 0] = starts;
  return parseCheckpoint(words.slice(start, start + PARTS.length).join(' '));
}
