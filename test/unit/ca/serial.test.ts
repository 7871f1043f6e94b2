import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatSerial, makeSerial, parseSerial, serialOctets, serialOf } from '../../../core/ca/serial.ts';

describe('a new serial', () => {
  it.each([0x00, 0xff, 0x80])('is positive and 32 digits long when every random octet is %i', (octet) => {
    expect(makeSerial((n) => new Uint8Array(n).fill(octet))).toMatch(/^[4-7][0-9a-f]{31}$/);
  });

  it('keeps the low octets random and repeats none in 10,000', () => {
    const serials = new Set(Array.from({ length: 10_000 }, () => makeSerial(randomBytes)));
    expect(serials.size).toBe(10_000);
    expect(new Set([...serials].map((serial) => serial.slice(-2))).size).toBe(256);
  });

  it('is not made from a source that gives too little', () => {
    expect(() => makeSerial(() => new Uint8Array(15))).toThrow(RangeError);
  });
});

describe('a typed serial', () => {
  const serial = '7e8d24e9a7ea41e07316c7805242dd8b';
  const cases: [string, string, string | undefined][] = [
    ['canonical', serial, serial],
    ['in upper case', serial.toUpperCase(), serial],
    ['with colons', formatSerial(serial).toUpperCase(), serial],
    ['with spaces', ` ${serial.replace(/../g, '$& ')} `, serial],
    ['with 0x', `0x${serial}`, serial],
    ['with 0X and upper case', `0X${serial.toUpperCase()}`, serial],
    ['with leading zero octets', `00:00:${serial}`, serial],
    ['in decimal', BigInt(`0x${serial}`).toString(), serial],
    ['of one digit', 'a', '0a'],
    ['of digits that is short, which is hex', '10', '10'],
    ['of 38 digits outside the range of ours, which is hex', `8${'0'.repeat(37)}`, `8${'0'.repeat(37)}`],
    ['with the high bit in the 20th octet', `80${'00'.repeat(19)}`, undefined],
    ['of 20 octets', `7f${'ff'.repeat(19)}`, `7f${'ff'.repeat(19)}`],
    ['of 21 octets', `01${'00'.repeat(20)}`, undefined],
    ['zero', '00', undefined],
    ['negative', '-5', undefined],
    ['empty', '', undefined],
    ['only 0x', '0x', undefined],
    ['not hex', 'hello', undefined],
    ['with a colon at the end', '0a:', undefined],
    ['a megabyte', 'a'.repeat(1_000_000), undefined],
  ];
  it.each(cases)('%s', (_, text, expected) => expect(parseSerial(text)).toBe(expected));

  it('goes to octets and back, the sign octet aside', () => {
    expect(serialOf(Uint8Array.of(0, ...serialOctets('ff00')))).toBe('ff00');
    for (const bad of ['0a0', '00ff', 'FF', '', 'zz']) expect(() => serialOctets(bad)).toThrow(RangeError);
  });
});
