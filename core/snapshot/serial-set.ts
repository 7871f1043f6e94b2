import { hash } from 'node:crypto';
import type { Breathe } from '../breathe.ts';
import {
  type Bucket,
  BucketError,
  compareEntries,
  copyEntry,
  endOf,
  hashBucket,
  indexOf,
  isIn,
  mergeEntries,
  packEntries,
  parseBucket,
  startsOf,
} from './bucket.ts';
import { MOST_BITS, MOST_SERIAL_OCTETS } from './limits.ts';

/**
 * The revoked serials of one authority, in 2^bits buckets by their last octets. It never changes: a change makes a new
 * set that shares every bucket that is the same. A million serials of 16 octets take 17 MB.
 */
export type SerialSet = {
  readonly bits: number;
  readonly count: number;
  readonly buckets: readonly Bucket[];
  /** What is hashed for the root: see `manifestOf`. */
  readonly manifest: Uint8Array;
  /** SHA-256 of the manifest, in hexadecimal. */
  readonly root: string;
};

/** Runs of serials, each as one octet of length and its octets, in any order. */
export type SerialChanges = { bits: number; added: Uint8Array; removed: Uint8Array };

const HASH = 32;
/** Version of the format, and the bits. */
const MANIFEST_START = 2;
const FORMAT = 1;
/** Buckets are about this full at most, and at least an eighth of it, so that a change costs little wherever it falls. */
const FULL = 2_048;

export const emptySet: SerialSet = assemble(0, [parseBucket(new Uint8Array(0), 0, 0)], [hashBucket(new Uint8Array(0))]);

/** Into how many buckets so many serials are divided, when it is 2^bits now. It stays what it is as long as it can. */
export function bitsFor(count: number, bits = 0): number {
  let fitting = bits;
  while (fitting < MOST_BITS && count > FULL * 2 ** fitting) fitting += 1;
  while (fitting > 0 && count < (FULL / 8) * 2 ** fitting) fitting -= 1;
  return fitting;
}

/**
 * Whether a serial is in the set.
 * @param serial canonical: lower-case hexadecimal without leading zero octets; anything else is in no set.
 */
export function hasSerial(set: SerialSet, serial: string): boolean {
  const octets = serial.length >>> 1;
  if (octets < 1 || octets > MOST_SERIAL_OCTETS || serial.length & 1) return false;
  if (SCRATCH.write(serial, 1, octets, 'hex') !== octets) return false;
  SCRATCH[0] = octets;
  return isIn(set.buckets[indexOf(SCRATCH, 0, set.bits)] as Bucket, SCRATCH, 0);
}

const SCRATCH = Buffer.alloc(1 + MOST_SERIAL_OCTETS);

/** Every serial of the set, canonical. */
export function* serialsIn(set: SerialSet): Generator<string> {
  for (const { octets } of set.buckets) yield* serialsInRun(octets);
}

/** The serials of a run, canonical. @throws BucketError when it is no run of serials. */
export function* serialsInRun(run: Uint8Array): Generator<string> {
  const octets = Buffer.from(run.buffer, run.byteOffset, run.byteLength);
  for (const at of startsOf(run)) yield octets.toString('hex', at + 1, at + 1 + (octets[at] as number));
}

/** Serials as a run. */
export function packSerials(serials: readonly string[]): Buffer {
  const out = Buffer.allocUnsafe(serials.reduce((sum, serial) => sum + 1 + serial.length / 2, 0));
  let end = 0;
  for (const serial of serials) {
    out[end] = serial.length / 2;
    end += 1 + out.write(serial, end + 1, 'hex');
  }
  return out;
}

/**
 * A set of the serials in these runs, whatever their order. A million of them make no object each: what is collected as
 * garbage holds up everybody in the process.
 */
export async function buildSet(runs: readonly Uint8Array[], breathe: Breathe): Promise<SerialSet> {
  const all = Buffer.concat(runs);
  const starts = await findStarts(all, breathe);
  const bits = bitsFor(starts.length);
  // By their buckets, in two walks: how many belong to each, and then each into its place.
  const ends = new Uint32Array(2 ** bits);
  for (let i = 0; i < starts.length; i++) {
    const index = indexOf(all, starts[i] as number, bits);
    ends[index] = (ends[index] as number) + 1;
    if ((i & WALKED) === 0) await breathe();
  }
  for (let index = 1; index < ends.length; index++) {
    ends[index] = (ends[index] as number) + (ends[index - 1] as number);
  }
  const inOrder = new Uint32Array(starts.length);
  const places = ends.slice();
  for (let i = 0; i < starts.length; i++) {
    const at = starts[i] as number;
    const index = indexOf(all, at, bits);
    const place = (places[index] as number) - 1;
    places[index] = place;
    inOrder[place] = at;
    if ((i & WALKED) === 0) await breathe();
  }
  const buckets: Bucket[] = [];
  const hashes: Buffer[] = [];
  for (const [index, end] of ends.entries()) {
    const octets = packEntries(all, inOrder.subarray(places[index], end));
    buckets.push(parseBucket(octets, index, bits));
    hashes.push(hashBucket(octets));
    await breathe();
  }
  return assemble(bits, buckets, hashes);
}

/** Serials between two pauses, less one. */
const WALKED = 0xfff;

async function findStarts(run: Uint8Array, breathe: Breathe): Promise<Uint32Array> {
  let starts = new Uint32Array(1024);
  let count = 0;
  for (let at = 0; at < run.length; at = endOf(run, at)) {
    if (count === starts.length) {
      const longer = new Uint32Array(2 * count);
      longer.set(starts);
      starts = longer;
    }
    starts[count] = at;
    count += 1;
    if ((count & WALKED) === 0) await breathe();
  }
  return starts.subarray(0, count);
}

/**
 * The set after these changes. A serial that is both added and removed is in it.
 * @throws BucketError when the changes are no runs of serials.
 */
export async function changeSet(set: SerialSet, changes: SerialChanges, breathe: Breathe): Promise<SerialSet> {
  const { bits, added, removed } = changes;
  if (!Number.isInteger(bits) || bits < 0 || bits > MOST_BITS) throw new BucketError('so many buckets there are not');
  const divided = bits === set.bits ? set : await divide(set, bits, breathe);
  const touched = new Map<number, { added: number[]; removed: number[] }>();
  for (const [which, run] of [
    ['added', added],
    ['removed', removed],
  ] as const) {
    for (const at of startsOf(run)) {
      const index = indexOf(run, at, bits);
      const bucket = touched.get(index) ?? { added: [], removed: [] };
      touched.set(index, bucket);
      bucket[which].push(at);
    }
  }
  const buckets = [...divided.buckets];
  const manifest = Buffer.from(divided.manifest);
  let count = divided.count;
  for (const [index, starts] of touched) {
    const old = buckets[index] as Bucket;
    const octets = mergeEntries(old.octets, packEntries(added, starts.added), packEntries(removed, starts.removed));
    const bucket = parseBucket(octets, index, bits);
    buckets[index] = bucket;
    hashBucket(octets).copy(manifest, MANIFEST_START + HASH * index);
    count += bucket.count - old.count;
    await breathe();
  }
  return { bits, count, buckets, manifest, root: hash('sha256', manifest) };
}

/** What has to be added to and removed from `from` so that it becomes `to`. */
export async function differenceOf(from: SerialSet, to: SerialSet, breathe: Breathe): Promise<SerialChanges> {
  const same = from.bits === to.bits ? from : await divide(from, to.bits, breathe);
  const added: Uint8Array[] = [];
  const removed: Uint8Array[] = [];
  for (const [index, bucket] of to.buckets.entries()) {
    const old = same.buckets[index] as Bucket;
    if (old.octets !== bucket.octets) compareBuckets(old.octets, bucket.octets, added, removed);
    await breathe();
  }
  return { bits: to.bits, added: Buffer.concat(added), removed: Buffer.concat(removed) };
}

function compareBuckets(from: Uint8Array, to: Uint8Array, added: Uint8Array[], removed: Uint8Array[]): void {
  const [plus, minus] = [Buffer.allocUnsafe(to.length), Buffer.allocUnsafe(from.length)];
  let [old, now, plusEnd, minusEnd] = [0, 0, 0, 0];
  while (old < from.length || now < to.length) {
    const order = old >= from.length ? 1 : now >= to.length ? -1 : compareEntries(from, old, to, now);
    if (order > 0) plusEnd = copyEntry(to, now, plus, plusEnd);
    if (order < 0) minusEnd = copyEntry(from, old, minus, minusEnd);
    if (order <= 0) old += 1 + (from[old] as number);
    if (order >= 0) now += 1 + (to[now] as number);
  }
  if (plusEnd > 0) added.push(plus.subarray(0, plusEnd));
  if (minusEnd > 0) removed.push(minus.subarray(0, minusEnd));
}

async function divide(set: SerialSet, bits: number, breathe: Breathe): Promise<SerialSet> {
  const parts: { source: Uint8Array; starts: number[] }[][] = Array.from({ length: 2 ** bits }, () => []);
  for (const bucket of set.buckets) {
    const own = new Map<number, number[]>();
    for (const at of startsOf(bucket.octets)) {
      const index = indexOf(bucket.octets, at, bits);
      const starts = own.get(index);
      if (starts) starts.push(at);
      else own.set(index, [at]);
    }
    for (const [index, starts] of own) parts[index]?.push({ source: bucket.octets, starts });
    await breathe();
  }
  const buckets: Bucket[] = [];
  const hashes: Buffer[] = [];
  for (const [index, part] of parts.entries()) {
    const runs = part.map(({ source, starts }) => packEntries(source, starts));
    const octets = runs.reduce((merged, run) => mergeEntries(merged, run, NOTHING), Buffer.alloc(0));
    buckets.push(parseBucket(octets, index, bits));
    hashes.push(hashBucket(octets));
    await breathe();
  }
  return assemble(bits, buckets, hashes);
}

const NOTHING = new Uint8Array(0);

/**
 * The hashes of all buckets of an authority: one octet of format, one with the bits, then the SHA-256 of each bucket in
 * order. Its own SHA-256 is the root that the header names, so it is fetched by that.
 * @throws BucketError
 */
export function parseManifest(octets: Uint8Array): { bits: number; hashes: readonly string[] } {
  const bits = octets[1] ?? 0;
  if (octets[0] !== FORMAT || bits > MOST_BITS || octets.length !== MANIFEST_START + HASH * 2 ** bits) {
    throw new BucketError('this is no manifest');
  }
  const hex = Buffer.from(octets.subarray(MANIFEST_START)).toString('hex');
  return { bits, hashes: hex.match(/.{64}/g) ?? [] };
}

/** A set from its buckets as they were fetched. @throws BucketError when one is not what it should be. */
export async function assembleSet(bits: number, octets: readonly Uint8Array[], breathe: Breathe): Promise<SerialSet> {
  if (octets.length !== 2 ** bits) throw new BucketError('a bucket is missing');
  const buckets: Bucket[] = [];
  const hashes: Buffer[] = [];
  for (const [index, one] of octets.entries()) {
    buckets.push(parseBucket(one, index, bits));
    hashes.push(hashBucket(one));
    await breathe();
  }
  return assemble(bits, buckets, hashes);
}

/** The hash of one bucket of a set, in hexadecimal: what it is fetched by. */
export function bucketHash(set: SerialSet, index: number): string {
  const start = MANIFEST_START + HASH * index;
  return Buffer.from(set.manifest.subarray(start, start + HASH)).toString('hex');
}

function assemble(bits: number, buckets: readonly Bucket[], hashes: readonly Buffer[]): SerialSet {
  const manifest = Buffer.concat([Buffer.of(FORMAT, bits), ...hashes]);
  const count = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  return { bits, count, buckets, manifest, root: hash('sha256', manifest) };
}
