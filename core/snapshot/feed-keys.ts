import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { SealingKeys } from '../config/secrets.ts';
import { publicHalf } from '../ed25519.ts';
import { seal, unseal } from '../seal.ts';
import type { FeedKey } from '../store/rows.ts';
import { type FeedSigner, signSuccessor } from './signed.ts';

/** A key signs for a year; then it names its successor. */
export const FEED_KEY_LIFE_MS = 365 * 86_400_000;

/** The next feed key of an account, sealed and ready to be stored, with the word of the one before it. */
export function makeFeedKey(
  keys: SealingKeys,
  accountId: string,
  before: { row: FeedKey; signer: FeedSigner } | undefined,
  now: Date,
): FeedKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKey = publicHalf(privateKey).text;
  const id = randomUUID();
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  const sealedKey = seal(keys, { purpose: 'feed', accountId, rowId: id }, pkcs8);
  pkcs8.fill(0);
  return {
    id,
    accountId,
    number: (before?.row.number ?? 0) + 1,
    publicKey,
    sealedKey,
    successor: before
      ? signSuccessor(before.signer, {
          account: accountId,
          from: before.row.publicKey,
          to: publicKey,
          at: now.toISOString(),
        })
      : null,
    createdAt: now,
  };
}

/** @throws CountersignError `sealed_value_unreadable` */
export function openFeedKey(keys: SealingKeys, row: FeedKey): FeedSigner {
  const pkcs8 = unseal(keys, { purpose: 'feed', accountId: row.accountId, rowId: row.id }, row.sealedKey);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  pkcs8.fill(0);
  return { privateKey, publicKey: publicHalf(privateKey) };
}
