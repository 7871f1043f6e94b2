import type { Clock } from '../core/clock.ts';
import type { Config } from '../core/config/config.ts';
import type { SealingKeys } from '../core/config/secrets.ts';
import type { Logger } from '../core/logger.ts';
import type { Store } from '../core/store/store.ts';

/** What the api is made from. Tests replace parts by passing others in. */
export type ApiDeps = {
  config: Config;
  keys: SealingKeys;
  store: Store;
  clock: Clock;
  logger: Logger;
};
