import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import type { Bucket } from '../../../core/snapshot/bucket.ts';
import { hashPolicy } from '../../../core/snapshot/policy.ts';
import { bucketHash, type SerialSet } from '../../../core/snapshot/serial-set.ts';
import type { Snapshot } from '../../../core/snapshot/snapshot.ts';
import { insert, type Write } from '../../../core/store/plan.ts';
import type { Store } from '../../../core/store/store.ts';

/** A transaction has at most so many octets and rows: it is over in a few milliseconds, disk included. */
const OCTETS_AT_ONCE = 256 * 1024;
const WRITES_AT_ONCE = 64;

export type Base = { contentId: string; octets: number };

/**
 * Writes a version whole, in chunks that edges fetch by their hashes. It counts as left over until a snapshot has it as
 * its base: whatever is cut off is swept.
 */
export async function writeBase(
  { store, clock }: { store: Store; clock: Clock },
  accountId: string,
  snapshot: Pick<Snapshot, 'policyText' | 'sets'>,
): Promise<Base> {
  const contentId = randomUUID();
  let plan: Write[] = [insert('snapshotLeftovers', { id: contentId, since: clock.now() })];
  let [octets, waiting] = [0, 0];
  const flush = async () => {
    const committed = await store.commit(plan);
    if (!committed.ok) throw new Error(`a snapshot was not written: ${committed.conflict} ${committed.table}`);
    plan = [];
    waiting = 0;
    // A commit keeps the event loop while it is written to the disk: everybody else has their turn between two of them.
    await new Promise((resolve) => setImmediate(resolve));
  };
  const written = new Set<string>();
  for (const { hash: id, octets: piece } of chunksOf(snapshot)) {
    // Two buckets that are alike, empty ones mostly, are one chunk.
    if (written.has(id)) continue;
    written.add(id);
    plan.push(insert('snapshotChunks', { id: `${contentId}:${id}`, contentId, accountId, hash: id, octets: piece }));
    octets += piece.length;
    waiting += piece.length;
    if (waiting >= OCTETS_AT_ONCE || plan.length >= WRITES_AT_ONCE) await flush();
  }
  if (plan.length > 0) await flush();
  return { contentId, octets };
}

function* chunksOf({
  policyText,
  sets,
}: Pick<Snapshot, 'policyText' | 'sets'>): Generator<{ hash: string; octets: Buffer }> {
  yield { hash: hashPolicy(policyText), octets: Buffer.from(policyText) };
  for (const set of sets.values()) yield* chunksOfSet(set);
}

function* chunksOfSet(set: SerialSet): Generator<{ hash: string; octets: Buffer }> {
  yield { hash: set.root, octets: Buffer.from(set.manifest) };
  for (const [index, bucket] of set.buckets.entries()) yield { hash: bucketHash(set, index), octets: octetsOf(bucket) };
}

const octetsOf = ({ octets }: Bucket) => Buffer.from(octets.buffer, octets.byteOffset, octets.length);
