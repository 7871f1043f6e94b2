import { describe, expect, it } from 'vitest';
import { blockText, checkBlock, parseBlocked } from '../../../core/ca/read-crl/block.ts';
import { isStale, nextLookAt, refreshText } from '../../../core/ca/read-crl/schedule.ts';

const FINGERPRINT = 'ab'.repeat(32);
const COLONS = FINGERPRINT.toUpperCase().match(/../g)?.join(':') ?? '';

describe('what is to be blocked', () => {
  it.each([
    ['0A1B', 'serial', '0a1b'],
    ['a1b', 'serial', '0a1b'],
    ['0x0A:1b', 'serial', '0a1b'],
    ['serial=0A1B', 'serial', '0a1b'],
    ['Serial Number: 0a:1b', 'serial', '0a1b'],
    ['f'.repeat(38), 'serial', 'f'.repeat(38)],
    [FINGERPRINT, 'fingerprint', FINGERPRINT],
    [COLONS, 'fingerprint', FINGERPRINT],
    [`sha256 Fingerprint=${COLONS}`, 'fingerprint', FINGERPRINT],
    [`SHA256:${FINGERPRINT}`, 'fingerprint', FINGERPRINT],
    [` ${FINGERPRINT.slice(0, 32)}\n${FINGERPRINT.slice(32)} `, 'fingerprint', FINGERPRINT],
  ])('%j is a %s', (text, kind, value) => {
    expect(parseBlocked(text)).toEqual({ kind, value });
    checkBlock({ kind: kind as 'serial', value });
  });

  it.each(['', '0', '00:00', 'device-1', '-5', 'ab'.repeat(21), 'ab'.repeat(33)])('is not %j', (text) => {
    expect(parseBlocked(text)).toBeUndefined();
  });

  it('is told as it is known', () => {
    expect(blockText({ kind: 'serial', value: '0a1b' })).toBe('serial number `0a:1b`');
    expect(blockText({ kind: 'fingerprint', value: FINGERPRINT })).toBe(`SHA-256 fingerprint \`${FINGERPRINT}\``);
  });
});

describe('a CRL is fetched', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  const plus = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
  const good = (minutes: number, since = 0) => ({
    url: 'http://a/',
    thisUpdate: plus(since),
    nextUpdate: plus(minutes),
  });
  const inMinutes = (at: Date | null) => at && (at.getTime() - now.getTime()) / 60_000;

  it.each([
    ['after a quarter of its window', good(60), 0, 15],
    ['not before five minutes', good(12), 0, 5],
    ['not later than six hours', good(7 * 24 * 60), 0, 360],
    ['when it ends, where that is sooner', good(3, -60), 0, 3],
    ['a minute after the first failure', good(600), 1, 1],
    ['four minutes after the third', good(600), 3, 4],
    ['an hour after many', good(600), 30, 60],
    ['when it ends, whatever has failed', good(10), 9, 10],
    ['an hour after many, also when it has ended', good(-10, -60), 30, 60],
  ])('%s', (_, crl, attempts, minutes) => {
    expect(inMinutes(nextLookAt(crl, attempts, now))).toBe(minutes);
  });

  it('is never fetched without an address, and looked at once when it ends', () => {
    expect(inMinutes(nextLookAt({ ...good(60), url: null }, 0, now))).toBe(60);
    expect(nextLookAt({ ...good(-1, -60), url: null }, 0, now)).toBeNull();
    expect(nextLookAt({ url: null, thisUpdate: null, nextUpdate: null }, 0, now)).toBeNull();
  });

  it('is stale from its end on, and not before the first one', () => {
    expect([isStale(good(0, -60), now), isStale(good(1), now), isStale({ nextUpdate: null }, now)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('tells how often', () => {
    expect([good(60), good(12), good(7 * 24 * 60)].map(refreshText)).toEqual(['15 minutes', '5 minutes', '6 hours']);
  });
});
