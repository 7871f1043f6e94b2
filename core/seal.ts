import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Purpose, SealingKeys } from './config/secrets.ts';
import { CountersignError } from './errors.ts';

/**
 * Sealed values: AES-256-GCM, 8 octets of key id, 12 of nonce, the ciphertext, 16 of tag. The associated data ties a
 * value to its account, purpose and row, so that it cannot be moved to another. The key id lets keys be rotated
 * without a migration.
 */
export type SealContext = { purpose: Purpose; accountId: string; rowId: string };

const KEY_ID = 8;
const NONCE = 12;
const TAG = 16;

export function seal(keys: SealingKeys, context: SealContext, plain: Uint8Array | string): Buffer {
  const key = keyFor(keys, context.purpose);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associatedData(context));
  const sealed = Buffer.concat([cipher.update(plain as Uint8Array), cipher.final()]);
  return Buffer.concat([keyId(key), nonce, sealed, cipher.getAuthTag()]);
}

/** @throws CountersignError `sealed_value_unreadable` when the key, the context or a single bit is not the same. */
export function unseal(keys: SealingKeys, context: SealContext, sealed: Uint8Array): Buffer {
  const key = keyFor(keys, context.purpose);
  try {
    if (!keyId(key).equals(sealed.subarray(0, KEY_ID))) throw new Error('sealed with another key');
    const nonce = sealed.subarray(KEY_ID, KEY_ID + NONCE);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
    decipher.setAAD(associatedData(context)).setAuthTag(sealed.subarray(-TAG));
    return Buffer.concat([decipher.update(sealed.subarray(KEY_ID + NONCE, -TAG)), decipher.final()]);
  } catch (cause) {
    throw new CountersignError('sealed_value_unreadable', { details: { purpose: context.purpose }, cause });
  }
}

function keyFor(keys: SealingKeys, purpose: Purpose): Uint8Array {
  const key = keys[purpose];
  if (key === undefined) {
    throw new CountersignError('sealed_value_unreadable', { details: { purpose, reason: 'this process has no key' } });
  }
  return key;
}

function keyId(key: Uint8Array): Buffer {
  return createHash('sha256').update('countersign/key-id').update(key).digest().subarray(0, KEY_ID);
}

function associatedData({ accountId, purpose, rowId }: SealContext): Buffer {
  return Buffer.from(JSON.stringify(['countersign/seal/1', accountId, purpose, rowId]));
}
