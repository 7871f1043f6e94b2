import type { Breathe } from '../breathe.ts';
import { hashBucket } from './bucket.ts';
import type { SignedHeader, SnapshotHeader } from './header.ts';
import { assembleSet, bucketHash, emptySet, parseManifest, type SerialSet } from './serial-set.ts';
import { assembleSnapshot, type Snapshot, SnapshotRefused } from './snapshot.ts';

/** How many chunks are asked for at once. */
const AT_ONCE = 8;

/**
 * A version from its header, which was accepted before: everything else by hash, and only what is not there already.
 * @param known what is in force now: its buckets are not fetched again.
 * @param fetchChunk undefined where there is no such chunk (any more); what it gives is not trusted.
 * @throws SnapshotRefused
 */
export async function fetchSnapshot(
  signed: SignedHeader,
  header: SnapshotHeader,
  known: Pick<Snapshot, 'header' | 'policyText' | 'sets'> | undefined,
  fetchChunk: (hash: string) => Promise<Uint8Array | undefined>,
  breathe: Breathe,
): Promise<Snapshot> {
  const take = async (hash: string) => {
    const octets = await fetchChunk(hash);
    if (!octets) throw new SnapshotRefused('corrupt', 'a part of the version is not there any more');
    if (hashBucket(octets).toString('hex') !== hash) {
      throw new SnapshotRefused('corrupt', 'a part of the version is not what it should be');
    }
    return octets;
  };
  const policyText =
    known?.header.policy === header.policy ? known.policyText : Buffer.from(await take(header.policy)).toString('utf8');
  const sets = new Map<string, SerialSet>();
  for (const [authorityId, { root }] of Object.entries(header.revocations)) {
    const there = known?.sets.get(authorityId) ?? emptySet;
    sets.set(authorityId, there.root === root ? there : await fetchSet(root, there, take, breathe));
  }
  return assembleSnapshot(signed, header, policyText, sets);
}

async function fetchSet(
  root: string,
  there: SerialSet,
  take: (hash: string) => Promise<Uint8Array>,
  breathe: Breathe,
): Promise<SerialSet> {
  const { bits, hashes } = manifestOf(await take(root));
  const known = new Map(there.buckets.map((bucket, index) => [bucketHash(there, index), bucket.octets]));
  const octets = new Array<Uint8Array>(hashes.length);
  const missing = [...hashes.keys()];
  const fetchSome = async () => {
    for (let index = missing.pop(); index !== undefined; index = missing.pop()) {
      const hash = hashes[index] as string;
      octets[index] = known.get(hash) ?? (await take(hash));
      await breathe();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, fetchSome));
  try {
    return await assembleSet(bits, octets, breathe);
  } catch (error) {
    throw new SnapshotRefused('corrupt', (error as Error).message);
  }
}

function manifestOf(octets: Uint8Array): ReturnType<typeof parseManifest> {
  try {
    return parseManifest(octets);
  } catch (error) {
    throw new SnapshotRefused('corrupt', (error as Error).message);
  }
}
