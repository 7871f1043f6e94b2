import { type KeyPool, makeKeyPool } from './key-pool.ts';
import { type KeyPair, makeKeyPair } from './keys.ts';
import type { KeyType } from './profile.ts';

export type { KeyPair };

/** Private keys waiting in memory for somebody to need them, by type. */
const RSA_KEYS_AHEAD = { 'rsa-2048': 4, 'rsa-3072': 2, 'rsa-4096': 2 } as const;

/**
 * EC keys are made when they are needed. RSA keys take seconds: from the first one on, a few are made ahead, so that
 * an installation that never asks for RSA never spends a core on it.
 * @param ahead how many of which type; the api offers one type alone.
 */
export function makeKeyMaker(
  signal: AbortSignal,
  ahead: Partial<Record<KeyType, number>> = RSA_KEYS_AHEAD,
): (keyType: KeyType) => Promise<KeyPair> {
  let rsa: KeyPool | undefined;
  return (keyType) => {
    if (!keyType.startsWith('rsa-')) return makeKeyPair(keyType);
    rsa ??= makeKeyPool({ stock: ahead, signal });
    return rsa.take(keyType);
  };
}
