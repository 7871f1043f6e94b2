import type { Feed } from '../feed/feed.ts';

/** Where the gateway learns what to enforce, and tells what it saw: the feed, or what a test holds in its hand. */
export type EnforcementSource = Pick<Feed, 'current' | 'onChange' | 'report' | 'setInexpressible'>;
