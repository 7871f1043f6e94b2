import type { Certificate, RequestItem } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';

/** Certificates in one transaction: some 10 ms, and below 50 ms on a machine that is busy with other things. */
export const CHUNK = 50;
/** A chunk of which something changes each time it is read is left to the next run. */
export const TRIES = 5;

/** An item that is still to be done, and its certificate as it is now; undefined when it is gone. */
export type Open = { item: RequestItem; certificate: Certificate | undefined };

/** The next items that are still to be done. */
export async function nextChunk(deps: JobDeps, requestId: string, afterPosition: number): Promise<Open[]> {
  const page = { afterPosition, limit: CHUNK, state: 'pending' as const };
  const items = await deps.store.requestItems(requestId, page);
  return Promise.all(
    items.map(async (item) => ({ item, certificate: await deps.store.certificate(item.certificateId) })),
  );
}
