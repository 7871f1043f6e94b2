import { hash } from 'node:crypto';
import { MOST_SERIAL_OCTETS } from './limits.ts';

/**
 * Some of an authority's revoked serials in one buffer: each as one octet of length and its octets, in the order of
 * those octets, each once. Serials of one length are neighbours then, all of one size, and found by halving.
 */
export type Bucket = {
  readonly octets: Uint8Array;
  readonly count: number;
  /** Where the serials of each length begin, and how many there are. */
  readonly groups: readonly { length: number; start: number; count: number }[];
};

/** Octets that are no bucket, or none that may stand in this place. */
export class BucketError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BucketError';
  }
}

const EMPTY: Bucket = { octets: new Uint8Array(0), count: 0, groups: [] };

/**
 * Reads a bucket strictly: serials in their one spelling, in order, each once, and all of them of this bucket.
 * @throws BucketError
 */
export function parseBucket(octets: Uint8Array, index: number, bits: number): Bucket {
  if (octets.length === 0) return EMPTY;
  const groups: { length: number; start: number; count: number }[] = [];
  let count = 0;
  let before = -1;
  for (let at = 0; at < octets.length; ) {
    const length = octets[at] as number;
    const end = at + 1 + length;
    if (length < 1 || length > MOST_SERIAL_OCTETS || end > octets.length) throw new BucketError('a serial is cut off');
    if (octets[at + 1] === 0 && length > 1) throw new BucketError('a serial begins with zero');
    if (before >= 0 && compareEntries(octets, before, octets, at) >= 0)
      throw new BucketError('serials are not in order');
    if (indexOf(octets, at, bits) !== index) throw new BucketError('a serial is in the wrong bucket');
    const group = groups.at(-1);
    if (group?.length === length) group.count += 1;
    else groups.push({ length, start: at, count: 1 });
    before = at;
    at = end;
    count += 1;
  }
  return { octets, count, groups };
}

export function hashBucket(octets: Uint8Array): Buffer {
  return hash('sha256', octets, 'buffer');
}

/** Whether the serial that begins at `at` (with its length) is in the bucket. */
export function isIn(bucket: Bucket, serial: Uint8Array, at: number): boolean {
  const length = serial[at] as number;
  for (const group of bucket.groups) {
    if (group.length !== length) continue;
    const size = length + 1;
    let [low, high] = [0, group.count - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = compareEntries(bucket.octets, group.start + middle * size, serial, at);
      if (order === 0) return true;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return false;
  }
  return false;
}

/** The bucket of the serial that begins at `at`: the last bits of its last octets. */
export function indexOf(entries: Uint8Array, at: number, bits: number): number {
  const length = entries[at] as number;
  const end = at + 1 + length;
  const last = entries[end - 1] as number;
  const beforeLast = length > 1 ? (entries[end - 2] as number) : 0;
  return ((beforeLast << 8) | last) & ((1 << bits) - 1);
}

/** Negative, zero or positive: the order of serials within a bucket, shorter ones first. */
export function compareEntries(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  const length = a[aAt] as number;
  if (length !== b[bAt]) return length - (b[bAt] as number);
  for (let i = 1; i <= length; i++) {
    const difference = (a[aAt + i] as number) - (b[bAt + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Where each serial of a run begins. @throws BucketError when it is no run of serials. */
export function startsOf(entries: Uint8Array): number[] {
  const starts: number[] = [];
  for (let at = 0; at < entries.length; at = endOf(entries, at)) starts.push(at);
  return starts;
}

/** Where the serial that begins at `at` ends. @throws BucketError when it is cut off. */
export function endOf(entries: Uint8Array, at: number): number {
  const length = entries[at] as number;
  const end = at + 1 + length;
  if (length < 1 || length > MOST_SERIAL_OCTETS || end > entries.length) throw new BucketError('a serial is cut off');
  return end;
}

/** The octets of a bucket with these serials; they are put in order, and each is taken once. */
export function packEntries(source: Uint8Array, starts: ArrayLike<number>): Buffer {
  const sorted = Uint32Array.from(starts).sort((a, b) => compareEntries(source, a, source, b));
  const out = Buffer.allocUnsafeSlow(sorted.reduce((sum, at) => sum + 1 + (source[at] as number), 0));
  let [end, before] = [0, -1];
  for (const at of sorted) {
    if (before >= 0 && compareEntries(source, before, source, at) === 0) continue;
    end = copyEntry(source, at, out, end);
    before = at;
  }
  return end === out.length ? out : Buffer.from(out.subarray(0, end));
}

/** The bucket's octets without `removed` and with `added`, two runs in order. What is in both, or there already, stays once. */
export function mergeEntries(octets: Uint8Array, added: Uint8Array, removed: Uint8Array): Buffer {
  const out = Buffer.allocUnsafeSlow(octets.length + added.length);
  let [end, old, plus, minus] = [0, 0, 0, 0];
  while (old < octets.length || plus < added.length) {
    const order = old >= octets.length ? 1 : plus >= added.length ? -1 : compareEntries(octets, old, added, plus);
    if (order > 0) {
      end = copyEntry(added, plus, out, end);
      plus += 1 + (added[plus] as number);
      continue;
    }
    while (minus < removed.length && compareEntries(removed, minus, octets, old) < 0) {
      minus += 1 + (removed[minus] as number);
    }
    const goes = order !== 0 && minus < removed.length && compareEntries(removed, minus, octets, old) === 0;
    if (!goes) end = copyEntry(octets, old, out, end);
    old += 1 + (octets[old] as number);
    if (order === 0) plus += 1 + (added[plus] as number);
  }
  return end === out.length ? out : Buffer.from(out.subarray(0, end));
}

/** @returns where the copy ends. */
export function copyEntry(from: Uint8Array, at: number, to: Uint8Array, end: number): number {
  const size = 1 + (from[at] as number);
  to.set(from.subarray(at, at + size), end);
  return end + size;
}
