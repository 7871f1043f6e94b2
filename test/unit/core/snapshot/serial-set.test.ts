import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseBucket } from '../../../../core/snapshot/bucket.ts';
import {
  assembleSet,
  bitsFor,
  bucketHash,
  buildSet,
  changeSet,
  differenceOf,
  emptySet,
  hasSerial,
  packSerials,
  parseManifest,
  type SerialSet,
} from '../../../../core/snapshot/serial-set.ts';
import { breathe, setOf } from '../../../support/snapshots.ts';

const serialsOf = ({ buckets }: SerialSet) =>
  buckets.flatMap(({ octets }) => {
    const found: string[] = [];
    for (let at = 0; at < octets.length; at += 1 + (octets[at] as number)) {
      found.push(Buffer.from(octets.subarray(at + 1, at + 1 + (octets[at] as number))).toString('hex'));
    }
    return found;
  });
const canonical = () => {
  const serial = randomBytes(1 + Math.floor(Math.random() * 20));
  serial[0] ||= 1;
  return serial.toString('hex');
};

describe('a set of serials', () => {
  test('has what was put in, of every length, and nothing else', async () => {
    const serials = Array.from({ length: 5_000 }, canonical);
    const set = await setOf(...serials, ...serials.slice(0, 10));
    expect(set.count).toBe(new Set(serials).size);
    expect(serials.every((serial) => hasSerial(set, serial))).toBe(true);
    const others = Array.from({ length: 5_000 }, canonical).filter((serial) => !serials.includes(serial));
    expect(others.some((serial) => hasSerial(set, serial))).toBe(false);
  });

  test('does not find what is no serial', async () => {
    const set = await setOf('01', 'abcd', '00');
    for (const text of ['', '1', 'g1', '0g', 'zz', 'ab', 'cd', `${'00'.repeat(20)}01`, 'abcd00', '00abcd']) {
      expect(hasSerial(set, text), text).toBe(false);
    }
    expect(hasSerial(set, '00')).toBe(true);
  });

  test('is the same whatever the order of its changes, and like one that was built at once', async () => {
    const all = Array.from({ length: 9_000 }, canonical);
    const kept = all.slice(3_000);
    let set: SerialSet = emptySet;
    for (let i = 0; i < all.length; i += 1_000) {
      const added = all.slice(i, i + 1_000);
      set = await changeSet(
        set,
        { bits: bitsFor(set.count + 1_000, set.bits), added: packSerials(added), removed: Buffer.alloc(0) },
        breathe,
      );
    }
    const removed = packSerials(all.slice(0, 3_000).filter((serial) => !kept.includes(serial)));
    const bits = bitsFor(new Set(kept).size);
    set = await changeSet(set, { bits, added: Buffer.alloc(0), removed }, breathe);
    const built = await setOf(...kept);
    expect(set.bits).toBe(built.bits);
    expect(set.root).toBe(built.root);
    expect(serialsOf(set).sort()).toEqual([...new Set(kept)].sort());
  });

  test('differs from another by what brings the one to the other, also across a division', async () => {
    const from = await setOf(...Array.from({ length: 3_000 }, canonical));
    const to = await setOf(...serialsOf(from).slice(1_000, 1_100), ...Array.from({ length: 9_000 }, canonical));
    expect(from.bits).not.toBe(to.bits);
    for (const [a, b] of [
      [from, to],
      [to, from],
      [emptySet, to],
      [to, emptySet],
    ] as const) {
      expect((await changeSet(a, await differenceOf(a, b, breathe), breathe)).root).toBe(b.root);
    }
  });

  test('removing what is not there and adding what is there changes nothing', async () => {
    const set = await setOf('0a', '0b');
    const changes = { bits: 0, added: packSerials(['0a']), removed: packSerials(['0c']) };
    expect((await changeSet(set, changes, breathe)).root).toBe(set.root);
  });

  test('comes back from its manifest and buckets', async () => {
    const set = await setOf(...Array.from({ length: 9_000 }, canonical));
    const { bits, hashes } = parseManifest(set.manifest);
    expect(hashes).toEqual(set.buckets.map((_, index) => bucketHash(set, index)));
    const again = await assembleSet(
      bits,
      set.buckets.map(({ octets }) => octets),
      breathe,
    );
    expect(again.root).toBe(set.root);
  });

  test('has buckets of about 2,048 at most, and keeps its division when it shrinks a little', () => {
    expect(bitsFor(0)).toBe(0);
    expect(bitsFor(2_048)).toBe(0);
    expect(bitsFor(2_049)).toBe(1);
    expect(bitsFor(1_000_000)).toBe(9);
    expect(bitsFor(2_047, 1)).toBe(1);
    expect(bitsFor(100, 1)).toBe(0);
    expect(bitsFor(10 ** 12)).toBe(16);
  });
});

describe('a bucket that was not made here', () => {
  const refused: Record<string, string> = {
    'a serial of no octets': '00',
    'a serial of 21 octets': `15${'01'.repeat(21)}`,
    'a serial that is cut off': '020a',
    'a serial with a leading zero': '02000a',
    'the same serial twice': '010a010a',
    'serials out of order': '010b010a',
    'a longer serial first': '020a0b010a',
  };
  test.each(Object.entries(refused))('is refused for %s', (_what, hex) => {
    expect(() => parseBucket(Buffer.from(hex, 'hex'), 0, 0)).toThrow();
  });
  test('is refused for a serial of another bucket', () => {
    expect(() => parseBucket(Buffer.from('010a', 'hex'), 1, 1)).toThrow('wrong bucket');
    expect(parseBucket(Buffer.from('010a', 'hex'), 0, 1).count).toBe(1);
  });
  test('is refused in a run of changes', async () => {
    for (const hex of ['00', '020a', `15${'01'.repeat(21)}`]) {
      const run = Buffer.from(hex, 'hex');
      await expect(changeSet(emptySet, { bits: 0, added: run, removed: Buffer.alloc(0) }, breathe)).rejects.toThrow();
    }
    await expect(buildSet([Buffer.from('02000a', 'hex')], breathe)).rejects.toThrow();
  });
  test('makes no manifest of another size or format', async () => {
    const { manifest } = await setOf('0a');
    const [, bits, ...hash] = manifest;
    const forged = [manifest.slice(1), [1, bits, ...hash, ...hash], [2, bits, ...hash], [1, 17, ...hash]];
    for (const octets of forged) expect(() => parseManifest(Uint8Array.from(octets as number[]))).toThrow();
    expect(() => parseManifest(Buffer.alloc(0))).toThrow();
  });
});
