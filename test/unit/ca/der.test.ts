import { describe, expect, it } from 'vitest';
import { DerError, readDer } from '../../../core/ca/der/reader.ts';
import { bitOctetsOf, namedBitsOf, oidOf, textOf, timeOf } from '../../../core/ca/der/values.ts';
import * as der from '../../../core/ca/der/writer.ts';

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');
const octets = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const utc = (text: string) => new Date(`${text}Z`);

describe('the writer', () => {
  const cases: [string, Uint8Array, string][] = [
    ['an empty SEQUENCE', der.sequence(), '3000'],
    ['a length of 127 in one octet', der.octetString(new Uint8Array(127)).subarray(0, 2), '047f'],
    ['a length of 128 in two', der.octetString(new Uint8Array(128)).subarray(0, 3), '048180'],
    ['a length of 256 in three', der.octetString(new Uint8Array(256)).subarray(0, 4), '04820100'],
    ['a length of 65536 in four', der.octetString(new Uint8Array(65536)).subarray(0, 5), '0483010000'],
    ['a length of 16 MiB in five', der.octetString(new Uint8Array(1 << 24)).subarray(0, 6), '048401000000'],
    ['INTEGER 0', der.unsignedInteger(octets('00')), '020100'],
    ['INTEGER 0 of no octets', der.unsignedInteger(octets('')), '020100'],
    ['INTEGER 127', der.unsignedInteger(octets('7f')), '02017f'],
    ['INTEGER 128 with a sign octet', der.unsignedInteger(octets('80')), '02020080'],
    ['an INTEGER without its leading zeros', der.unsignedInteger(octets('0000 0001')), '020101'],
    ['keyUsage digitalSignature', der.namedBits(0), '03020780'],
    ['keyUsage keyCertSign, cRLSign', der.namedBits(5, 6), '03020106'],
    ['a ninth named bit', der.namedBits(8), '0303070080'],
    ['no named bit', der.namedBits(), '030100'],
    [
      'a SET OF in ascending order',
      der.setOf(octets('020103'), octets('0200'), octets('020101')),
      '31080200020101020103',
    ],
    ['an OBJECT IDENTIFIER', der.oid('1.2.840.113549.1.1.11'), '06092a864886f70d01010b'],
    ['an OBJECT IDENTIFIER below 2', der.oid('2.999.3'), '0603883703'],
    ['an OBJECT IDENTIFIER with a 33-bit arc', der.oid('1.2.8589934591'), '06062a9fffffff7f'],
    ['UTF8String', der.utf8String('zü'), '0c037ac3bc'],
    [
      '1949 as GeneralizedTime',
      der.time(utc('1949-12-31T23:59:59')),
      hex(octets('180f')) + Buffer.from('19491231235959Z').toString('hex'),
    ],
    ['1950 as UTCTime', der.time(utc('1950-01-01T00:00:00')), `170d${Buffer.from('500101000000Z').toString('hex')}`],
    [
      'the last second of 2049 as UTCTime',
      der.time(utc('2049-12-31T23:59:59')),
      `170d${Buffer.from('491231235959Z').toString('hex')}`,
    ],
    [
      'the first second of 2050 as GeneralizedTime',
      der.time(utc('2050-01-01T00:00:00')),
      `180f${Buffer.from('20500101000000Z').toString('hex')}`,
    ],
    ['a leap day', der.time(utc('2028-02-29T12:34:56')), `170d${Buffer.from('280229123456Z').toString('hex')}`],
    [
      'a time without its fraction',
      der.time(utc('2028-02-29T12:34:56.999')),
      `170d${Buffer.from('280229123456Z').toString('hex')}`,
    ],
  ];
  it.each(cases)('writes %s', (_, written, expected) => expect(hex(written)).toBe(expected));

  it('refuses what a type cannot hold', () => {
    expect(() => der.printableString('a@b')).toThrow(RangeError);
    expect(() => der.ia5String('ü')).toThrow(RangeError);
    expect(() => der.smallInteger(128)).toThrow(RangeError);
  });
});

describe('the strict reader', () => {
  const refused: [string, string, RegExp][] = [
    ['nothing', '', /too early/],
    ['an identifier without a length', '30', /too early/],
    ['an indefinite length', '3080 0000', /indefinite/],
    ['127 in the long form', '048101 00', /not minimal/],
    ['a length with a leading zero', '04820080 00', /not minimal/],
    ['a length of 4 GiB', '0484ffffffff', /longer than the data/],
    ['a length of five octets', '04850000000001 00', /longer than the data/],
    ['a length that is cut off', '048201', /too early/],
    ['contents that are cut off', '0402ff', /longer than the data/],
    ['a child longer than its parent', '3003 0403 000000', /longer than the data/],
    ['data behind the end', '0500 00', /behind|after the end/],
    ['a high tag number', '1f8101 00', /tag/],
    ['end-of-contents octets', '0000', /tag/],
    ['BOOLEAN 01', '010101', /BOOLEAN/],
    ['a BOOLEAN of two octets', '0102ffff', /BOOLEAN/],
    ['an empty INTEGER', '0200', /empty/],
    ['an INTEGER with a zero octet too many', '0202007f', /not minimal/],
    ['a negative INTEGER with a one octet too many', '0202ff80', /not minimal/],
    ['an ENUMERATED that is not minimal', '0a020001', /not minimal/],
    ['an empty BIT STRING', '0300', /padding/],
    ['a BIT STRING with eight unused bits', '03020800', /padding/],
    ['a BIT STRING with bits set in the padding', '03020701', /padding/],
    ['an unused bit of nothing', '030101', /padding/],
    ['a NULL with contents', '050100', /NULL/],
    ['an empty OBJECT IDENTIFIER', '0600', /cut off/],
    ['an OBJECT IDENTIFIER that is cut off', '06022a86', /cut off/],
    ['an OBJECT IDENTIFIER with padding', '06032a8001', /not minimal/],
    ['a constructed OCTET STRING', '2402 0400', /constructed/],
    ['a primitive SEQUENCE', '1000', /constructed/],
    ['a SET out of order', '3106 020102 020101', /order/],
    [
      '33 levels',
      `${Array.from({ length: 33 }, (_, i) => `30${(2 * (32 - i)).toString(16).padStart(2, '0')}`).join('')}`,
      /deep/,
    ],
  ];
  it.each(refused)('refuses %s', (_, text, message) => {
    expect(() => readDer(octets(text))).toThrow(DerError);
    expect(() => readDer(octets(text))).toThrow(message);
  });

  it('reads back what the writer wrote, 32 levels deep', () => {
    let element: Uint8Array = new Uint8Array();
    for (let i = 0; i < 32; i++) element = der.sequence(element);
    expect(readDer(element).children).toHaveLength(1);
  });

  it('refuses every truncation and survives every flipped octet of a structure', () => {
    const whole = der.sequence(
      der.oid('1.2.840'),
      der.TRUE,
      der.setOf(der.utf8String('a'), der.utf8String('b')),
      der.bitString(octets('0102')),
    );
    for (let length = 0; length < whole.length; length++)
      expect(() => readDer(whole.subarray(0, length))).toThrow(DerError);
    for (let i = 0; i < whole.length * 256; i++) {
      const changed = whole.slice();
      changed[i >> 8] = i & 0xff;
      try {
        readDer(changed);
      } catch (error) {
        expect(error).toBeInstanceOf(DerError);
      }
    }
  });
});

describe('a value', () => {
  it.each(['1.2.840.113549.1.1.11', '0.9.2342.19200300.100.1.25', '2.5.4.3', '2.999.3'])('%s survives', (dotted) => {
    expect(oidOf(readDer(der.oid(dotted)))).toBe(dotted);
  });

  it('of named bits and whole octets is read', () => {
    expect(namedBitsOf(readDer(der.namedBits(0, 5, 8)))).toEqual([0, 5, 8]);
    expect(bitOctetsOf(readDer(der.bitString(octets('0102'))))).toEqual(octets('0102'));
    expect(() => bitOctetsOf(readDer(der.namedBits(0)))).toThrow(DerError);
  });

  const texts: [string, string, string | undefined][] = [
    ['UTF8String', '0c037ac3bc', 'zü'],
    ['UTF8String with broken octets', '0c01ff', undefined],
    ['UTF8String with a surrogate', '0c03eda080', undefined],
    ['PrintableString', '130161', 'a'],
    ['PrintableString with @', '130140', undefined],
    ['IA5String', '160140', '@'],
    ['IA5String beyond ASCII', '1601fc', undefined],
    ['NumericString', '120131', '1'],
    ['TeletexString', '1401fc', 'ü'],
    ['BMPString', '1e0200fc', 'ü'],
    ['BMPString of an odd length', '1e0100', undefined],
    ['BMPString with half a pair', '1e02d800', undefined],
    ['OCTET STRING', '040161', undefined],
  ];
  it.each(texts)('of %s is text or nothing', (_, text, expected) =>
    expect(textOf(readDer(octets(text)))).toBe(expected),
  );

  const element = (tag: number, text: string) => readDer(der.element(tag, new TextEncoder().encode(text)));
  const times: [string, number, string, string | undefined][] = [
    ['49 is 2049', 0x17, '490101000000Z', '2049-01-01T00:00:00'],
    ['50 is 1950', 0x17, '500101000000Z', '1950-01-01T00:00:00'],
    ['a leap day', 0x17, '280229000000Z', '2028-02-29T00:00:00'],
    ['no leap day', 0x17, '270229000000Z', undefined],
    ['2100, which has none', 0x18, '21000229000000Z', undefined],
    ['the month 13', 0x17, '271301000000Z', undefined],
    ['the hour 24', 0x17, '270101240000Z', undefined],
    ['a leap second', 0x17, '270101235960Z', undefined],
    ['a time without seconds', 0x17, '2701010000Z', undefined],
    ['an offset', 0x17, '270101000000+0100', undefined],
    ['a fraction', 0x18, '20270101000000.5Z', undefined],
    ['letters', 0x17, '27010a000000Z', undefined],
    ['no Z', 0x18, '202701010000000', undefined],
    ['another type', 0x0c, '270101000000Z', undefined],
  ];
  it.each(times)('of time: %s', (_, tag, text, expected) => {
    expect(timeOf(element(tag, text))).toEqual(expected === undefined ? undefined : utc(expected));
  });
});
