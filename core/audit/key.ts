import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { SealingKeys } from '../config/secrets.ts';
import { CountersignError } from '../errors.ts';

/**
 * The key that signs checkpoints of the audit: Ed25519 (RFC 8032), derived from the sealing key of purpose `audit`, so
 * that it is in no file and comes back with the master key. The sealing key itself signs nothing.
 */
export type AuditKey = {
  privateKey: KeyObject;
  publicKey: AuditPublicKey;
};

export type AuditPublicKey = {
  /** The 32 octets of the key in base64url: what people pin. */
  text: string;
  /** Names the key in a checkpoint: the first 12 octets of its SHA-256, in base64url. Proves nothing. */
  id: string;
  key: KeyObject;
};

/** What precedes the 32 octets in PKCS #8 and in SubjectPublicKeyInfo (RFC 8410 section 10). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const LABEL = 'countersign/audit/checkpoint/ed25519/1';

/**
 * @param keys with the sealing key of purpose `audit`, which the worker alone has.
 * @throws CountersignError `sealed_value_unreadable` in a process without it.
 */
export function deriveAuditKey(keys: Pick<SealingKeys, 'audit'>): AuditKey {
  const sealingKey = keys.audit;
  if (sealingKey === undefined)
    throw new CountersignError('sealed_value_unreadable', { details: { purpose: 'audit' } });
  const seed = Buffer.from(hkdfSync('sha256', sealingKey, 'countersign', LABEL, 32));
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, publicKey: publicKeyOf(spki.subarray(SPKI.length)) };
}

/**
 * A pinned public key as a person gives it: 43 characters of base64url (base64 is read as well), or a PEM.
 * @returns undefined when it is anything else.
 */
export function parseAuditPublicKey(text: string): AuditPublicKey | undefined {
  const given = text.trim();
  if (given.length > 500) return undefined;
  if (given.startsWith('-----BEGIN PUBLIC KEY-----')) return fromPem(given);
  const base64url = given.replaceAll('+', '-').replaceAll('/', '_').replace(/=$/, '');
  if (!/^[A-Za-z0-9_-]{43}$/.test(base64url)) return undefined;
  const octets = Buffer.from(base64url, 'base64url');
  // The last character has two bits to spare: only one spelling is the key's.
  return octets.toString('base64url') === base64url ? publicKeyOf(octets) : undefined;
}

function fromPem(pem: string): AuditPublicKey | undefined {
  try {
    const der = createPublicKey(pem).export({ format: 'der', type: 'spki' });
    const isEd25519 = der.length === SPKI.length + 32 && der.subarray(0, SPKI.length).equals(SPKI);
    return isEd25519 ? publicKeyOf(der.subarray(SPKI.length)) : undefined;
  } catch {
    return undefined;
  }
}

function publicKeyOf(octets: Buffer): AuditPublicKey {
  return {
    text: octets.toString('base64url'),
    id: createHash('sha256').update(octets).digest().subarray(0, 12).toString('base64url'),
    key: createPublicKey({ key: Buffer.concat([SPKI, octets]), format: 'der', type: 'spki' }),
  };
}
