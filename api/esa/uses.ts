import type { Logger } from '../../core/logger.ts';
import { raise } from '../../core/store/plan.ts';
import type { AccessKey } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';

/** The last use of a key is written down this often at most: it tells whether a key is in use, not each call. */
const EVERY_MS = 60_000;
const MOST_REMEMBERED = 10_000;

/** Writes down when a key was last used, and for what. Nobody waits for it, and no call fails of it. */
export function makeUses(deps: {
  store: Store;
  logger: Logger;
}): (key: AccessKey, operation: string, at: Date) => void {
  const written = new Map<string, number>();
  return (key, operation, at) => {
    if (at.getTime() - (written.get(key.id) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return;
    if (written.size >= MOST_REMEMBERED) written.clear();
    written.set(key.id, at.getTime());
    deps.store.commit([raise('accessKeyUses', { id: key.id, operation, usedAt: at })]).catch((error: unknown) => {
      deps.logger.warn({ key: key.id, error }, 'the use of an access key was not written down');
    });
  };
}
