import type { Breathe } from '../../../core/breathe.ts';
import { serialsOfCrl } from '../../../core/ca/crl/serials.ts';
import { buildSet, packSerials, type SerialSet } from '../../../core/snapshot/serial-set.ts';
import type { PolicyRows } from '../../../core/store/questions/snapshots.ts';
import type { Store } from '../../../core/store/store.ts';

/** Read in a millisecond or two. */
const SLICE = 1_000;
/** Serials of an authority are at most so long (RFC 5280 4.1.2.2); what is longer is in no certificate. */
const MOST_DIGITS = 40;

/** Every revoked and suspended certificate of a managed authority that has not ended by `endedBy`. */
export async function listManaged(
  store: Pick<Store, 'revokedSerials'>,
  authorityId: string,
  endedBy: Date,
  breathe: Breathe,
): Promise<SerialSet> {
  const runs: Buffer[] = [];
  let after: { shard: number; serial: string } | undefined;
  do {
    const { serials, last } = await store.revokedSerials(authorityId, endedBy, after, SLICE);
    runs.push(packSerials(serials));
    after = last;
    await breathe();
  } while (after);
  return buildSet(runs, breathe);
}

/** What an uploaded authority's CRL says, and what was blocked here. */
export async function listUploaded(
  store: Pick<Store, 'crlChunk'>,
  authorityId: string,
  rows: Pick<PolicyRows, 'uploadedCrls' | 'blocks'>,
  breathe: Breathe,
): Promise<SerialSet> {
  const blocked = rows.blocks.filter((block) => block.kind === 'serial' && block.authorityId === authorityId);
  const runs = [packSerials(blocked.map(({ value }) => value))];
  const crl = rows.uploadedCrls.find(({ id }) => id === authorityId);
  if (crl?.contentId) {
    const der = await readContent(store, crl.contentId, crl.octets);
    for (const serials of serialsOfCrl(der)) {
      runs.push(packSerials(serials.filter((serial) => serial.length <= MOST_DIGITS)));
      await breathe();
    }
  }
  return buildSet(runs, breathe);
}

async function readContent(store: Pick<Store, 'crlChunk'>, contentId: string, octets: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let read = 0;
  for (let position = 0; read < octets; position++) {
    const piece = await store.crlChunk(contentId, position);
    if (!piece) throw new Error('the content of an uploaded CRL is not there');
    pieces.push(piece);
    read += piece.length;
  }
  return Buffer.concat(pieces);
}
