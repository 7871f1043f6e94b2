import type { Enforced } from '../../core/snapshot/policy.ts';
import type { Feed } from '../feed/feed.ts';

/** Where the gateway learns what to enforce, and tells what it saw: the feed, or what a test holds in its hand. */
export type EnforcementSource = Pick<Feed, 'report' | 'setInexpressible'> & {
  current(): Enforced | undefined;
  onChange(listener: (enforced: Enforced) => void | Promise<void>): () => void;
};
