import type { Store } from '../../store/store.ts';
import type { CrlEntry, CrlScope, PreviousCrl } from './crl.ts';
import { entryOf, isListed } from './rules.ts';

/** Read in well under a millisecond or two, so that nobody waits for the event loop. */
const SLICE = 500;

/**
 * The entries of a CRL, read a slice at a time. Slices are of rows that are walked over, whether they are listed or
 * not: years of ended certificates must not make one slice long. A row that changes during the walk is listed as it was
 * found; the change has its place in line, and makes the next CRL.
 */
export async function* listEntries(
  store: Pick<Store, 'revokedCertificates'>,
  authorityId: string,
  scope: CrlScope,
  previous: PreviousCrl | undefined,
): AsyncGenerator<readonly CrlEntry[]> {
  const shard = scope === 'complete' ? undefined : scope;
  for (let after: { shard: number; serial: string } | undefined; ; ) {
    const rows = await store.revokedCertificates(authorityId, shard, after, SLICE);
    yield rows.filter((row) => isListed(row.notAfterMs, previous)).map(entryOf);
    after = rows.at(-1);
    if (rows.length < SLICE) return;
  }
}
