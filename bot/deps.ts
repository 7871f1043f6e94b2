import type { Membership } from '../core/access/membership.ts';
import type { Clock } from '../core/clock.ts';
import type { Config } from '../core/config/config.ts';
import type { SealingKeys } from '../core/config/secrets.ts';
import type { Logger } from '../core/logger.ts';
import type { Announce } from '../core/requests/queue.ts';
import type { Store } from '../core/store/store.ts';
import type { WorkspaceGroups } from './workspace-groups.ts';

/** What the bot is made from. Tests replace parts by passing others in. */
export type BotDeps = {
  config: Config;
  keys: SealingKeys;
  store: Store;
  clock: Clock;
  announce: Announce;
  logger: Logger;
  /** Who is in the user groups that hold roles. */
  groups: Membership;
  /** Which user groups there are to choose from. */
  workspaceGroups: () => Promise<WorkspaceGroups>;
};
