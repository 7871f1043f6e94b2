import type { Redis } from 'ioredis';
import type { KeyPair } from '../core/ca/key-maker.ts';
import type { KeyType } from '../core/ca/profile.ts';
import type { Clock } from '../core/clock.ts';
import type { Config } from '../core/config/config.ts';
import type { SealingKeys } from '../core/config/secrets.ts';
import type { Logger } from '../core/logger.ts';
import type { Announce } from '../core/requests/queue.ts';
import type { Store } from '../core/store/store.ts';

/** What the api is made from. Tests replace parts by passing others in. */
export type ApiDeps = {
  config: Config;
  keys: SealingKeys;
  store: Store;
  clock: Clock;
  logger: Logger;
  /** Tells the workers of what was recorded. */
  announce: Announce;
  /** Nonces of reads, and how often a key has called. Its commands fail at once while Redis is away. */
  redis: Redis;
  /** A private key for whoever has the api make one; only its public half leaves this process' memory, but for the answer. */
  makeKeyPair: (keyType: KeyType) => Promise<KeyPair>;
};
