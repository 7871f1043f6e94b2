import type { Clock } from '../../core/clock.ts';
import type { SealingKeys } from '../../core/config/secrets.ts';
import type { SlackMessage } from '../../core/slack/blocks.ts';
import type { Store } from '../../core/store/store.ts';

/** A message and the time at which it must be drawn anew, because something in it ends then. */
export type Drawn = { message: SlackMessage; refreshAt: Date | null };

/** Where a message goes: a person's direct messages, or a channel. */
export type Place = { user: string } | { channel: string };

export type DrawDeps = {
  store: Store;
  clock: Clock;
  keys: SealingKeys;
  /** The channels of accounts that have set none. */
  auditChannel: string | undefined;
  approvalChannel: string | undefined;
};

export type Placed = Drawn & { place: Place };
