import type { Breathe } from '../../breathe.ts';
import type { UploadedCrl } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';

/**
 * The octets of the last good CRL of an uploaded authority, piece by piece from the database; undefined where there is
 * none, and where it was replaced while it was read.
 */
export async function loadUploadedCrl(
  store: Pick<Store, 'crlChunk'>,
  { contentId, octets }: Pick<UploadedCrl, 'contentId' | 'octets'>,
  breathe: Breathe,
): Promise<Uint8Array | undefined> {
  if (contentId === null) return undefined;
  const whole = new Uint8Array(octets);
  let offset = 0;
  for (let position = 0; offset < octets; position++) {
    const piece = await store.crlChunk(contentId, position);
    if (!piece) return undefined;
    whole.set(piece, offset);
    offset += piece.length;
    await breathe();
  }
  return whole;
}
