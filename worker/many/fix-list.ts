import { CountersignError } from '../../core/errors.ts';
import { type ResolvedList, resolveList } from '../../core/inventory/list.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { insert } from '../../core/store/plan.ts';
import type { RequestItem } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import type { Lease } from '../lease.ts';

/** Rows in one transaction: some milliseconds. */
const AT_ONCE = 500;

/**
 * Writes down which certificates the request is about, once. The filter is resolved again here, and only if it means
 * the very list that was counted in the preview does anything happen. A list that is written in full is never
 * resolved again; one that a dead worker has begun is gone on with.
 * @param mayRevoke whether this person may revoke this owner's certificates.
 * @throws CountersignError `stale` when the list is not the one that was seen, `not_authorized` when somebody else's
 *   certificate is in it.
 */
export async function fixList(
  deps: JobDeps,
  lease: Lease<RequestOf<'revoke_many'>>,
  mayRevoke: (ownerId: string) => boolean,
): Promise<void> {
  const { id, accountId, payload } = lease.request;
  const counts = await deps.store.countRequestItems(id);
  const written = counts.pending + counts.done + counts.skipped;
  if (written === payload.count) return;

  const list = await resolveList(deps.store, accountId, payload.filter, deps.clock.now());
  requireSeen(list, payload);
  if (!list.items.every(({ ownerId }) => mayRevoke(ownerId))) throw new CountersignError('not_authorized');
  for (let position = written; position < list.items.length; position += AT_ONCE) {
    const items = list.items.slice(position, position + AT_ONCE).map(({ id: certificateId }, n): RequestItem => {
      const place = position + n;
      return {
        id: `${id}:${place}`,
        requestId: id,
        position: place,
        certificateId,
        state: 'pending',
        note: null,
        version: 1,
      };
    });
    const outcome = await lease.commit(items.map((item) => insert('requestItems', item)));
    // Positions that somebody else has written meanwhile: the next run sees them.
    if (outcome === 'stale') throw new CountersignError('overtaken', { details: { table: 'requestItems' } });
  }
}

function requireSeen(list: ResolvedList, payload: { count: number; digest: string }): void {
  if (!list.tooMany && list.items.length === payload.count && list.digest === payload.digest) return;
  throw new CountersignError('stale', {
    userMessage: `The list has changed since you saw it: it was ${payload.count} then and is ${list.items.length} now, or one of them has changed. Nothing was done. Look at the list and ask again.`,
  });
}
