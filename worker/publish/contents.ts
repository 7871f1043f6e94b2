import { setImmediate as turn } from 'node:timers/promises';
import { piecesOf } from '../../core/ca/crl/sign.ts';
import type { Clock } from '../../core/clock.ts';
import { insert, type Plan, type Write } from '../../core/store/plan.ts';
import type { Store } from '../../core/store/store.ts';

/** A transaction has at most so many octets and rows: it is over in a few milliseconds, disk included. */
const OCTETS_AT_ONCE = 1024 * 1024;
const WRITES_AT_ONCE = 64;

/**
 * Writes octets of CRLs. They count as left over, and are swept, until the commit that puts them in force.
 */
export async function writeContents(
  { store, clock }: { store: Store; clock: Clock },
  contents: readonly { contentId: string; parts: readonly Uint8Array[] }[],
): Promise<void> {
  let plan: Write[] = [];
  let octets = 0;
  const flush = async () => {
    if (plan.length > 0) await commitOrThrow(store, plan);
    // Each commit waits for the disk: everybody else in this process gets a turn between two of them.
    await turn();
    plan = [];
    octets = 0;
  };
  for (const { parts, contentId } of contents) {
    plan.push(insert('crlLeftovers', { id: contentId, since: clock.now() }));
    let position = 0;
    for (const piece of piecesOf(parts)) {
      plan.push(
        insert('crlChunks', {
          id: `${contentId}:${position}`,
          contentId,
          position,
          octets: Buffer.from(piece.buffer, piece.byteOffset, piece.length),
        }),
      );
      position += 1;
      octets += piece.length;
      if (octets >= OCTETS_AT_ONCE || plan.length >= WRITES_AT_ONCE) await flush();
    }
  }
  await flush();
}

async function commitOrThrow(store: Store, plan: Plan): Promise<void> {
  const committed = await store.commit(plan);
  if (!committed.ok) throw new Error(`the octets of a CRL were not written: ${committed.conflict} ${committed.table}`);
}
