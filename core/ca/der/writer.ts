/**
 * Distinguished Encoding Rules (X.690 section 10 and 11), the small part certificates, CRLs and OCSP need.
 * Every function returns one complete element (identifier, definite minimal length, contents), so elements nest by
 * being passed as arguments. It exists because the general ASN.1 libraries are an order of magnitude slower.
 */

const encoder = new TextEncoder();

/** One element with the given identifier octet around the contents, put one after the other. */
export function element(tag: number, ...contents: Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of contents) length += part.length;
  const lengthOctets = lengthOctetsFor(length);
  const out = new Uint8Array(2 + lengthOctets + length);
  let offset = writeStart(out, tag, length, lengthOctets);
  for (const part of contents) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Identifier and length of an element whose contents, below 4 GiB, are written elsewhere because they are long. */
export function elementStart(tag: number, length: number): Uint8Array {
  const lengthOctets = lengthOctetsFor(length);
  const out = new Uint8Array(2 + lengthOctets);
  writeStart(out, tag, length, lengthOctets);
  return out;
}

function lengthOctetsFor(length: number): number {
  return length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
}

function writeStart(out: Uint8Array, tag: number, length: number, lengthOctets: number): number {
  out[0] = tag;
  out[1] = lengthOctets === 0 ? length : 0x80 | lengthOctets;
  for (let i = 0; i < lengthOctets; i++) out[2 + i] = length >>> (8 * (lengthOctets - 1 - i));
  return 2 + lengthOctets;
}

export function sequence(...items: Uint8Array[]): Uint8Array {
  return element(0x30, ...items);
}

/** SET OF: the encodings in ascending order (X.690 11.6). */
export function setOf(...items: Uint8Array[]): Uint8Array {
  return element(0x31, ...(items.length > 1 ? [...items].sort(compareOctets) : items));
}

/** `[number] EXPLICIT`: the context tag goes around a whole element. */
export function explicit(number: number, ...items: Uint8Array[]): Uint8Array {
  return element(0xa0 | number, ...items);
}

/** `[number] IMPLICIT` on a primitive type: the context tag stands in place of the type's own. */
export function implicit(number: number, contents: Uint8Array): Uint8Array {
  return element(0x80 | number, contents);
}

/** BOOLEAN TRUE. There is no way to write FALSE: every flag of the profile is DEFAULT FALSE, which DER leaves out. */
export const TRUE = Uint8Array.of(0x01, 0x01, 0xff);

export const NULL = Uint8Array.of(0x05, 0x00);

/** A non-negative INTEGER from its big-endian magnitude: no octet more than needed, a zero octet before a high bit. */
export function unsignedInteger(magnitude: Uint8Array): Uint8Array {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const octets = magnitude.subarray(start);
  return (octets[0] ?? 0) < 0x80 && octets.length > 0 ? element(0x02, octets) : element(0x02, Uint8Array.of(0), octets);
}

/** A small INTEGER: a version, a path length. */
export function smallInteger(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0x7f) throw new RangeError('smallInteger takes 0 to 127');
  return Uint8Array.of(0x02, 0x01, value);
}

export function octetString(...contents: Uint8Array[]): Uint8Array {
  return element(0x04, ...contents);
}

/** A BIT STRING of whole octets: a key or a signature. */
export function bitString(octets: Uint8Array): Uint8Array {
  return element(0x03, Uint8Array.of(0), octets);
}

/** A BIT STRING with named bits, bit 0 first, without trailing zero bits (X.690 11.2.2). */
export function namedBits(...bits: number[]): Uint8Array {
  if (bits.length === 0) return Uint8Array.of(0x03, 0x01, 0x00);
  const highest = Math.max(...bits);
  const octets = new Uint8Array((highest >> 3) + 1);
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return element(0x03, Uint8Array.of(7 - (highest & 7)), octets);
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift(0x80 | (left % 128));
    octets.push(...groups);
  }
  return element(0x06, Uint8Array.from(octets));
}

export function utf8String(text: string): Uint8Array {
  return element(0x0c, encoder.encode(text));
}

/** Throws a RangeError outside the PrintableString alphabet (X.680 41.4), which has no `@`, `*`, `&` or `_`. */
export function printableString(text: string): Uint8Array {
  if (!/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)) throw new RangeError('not a PrintableString');
  return element(0x13, encoder.encode(text));
}

/** Throws a RangeError outside ASCII. */
export function ia5String(text: string): Uint8Array {
  return element(0x16, asciiOctets(text));
}

/** The octets of an ASCII text, for IA5String and for the implicitly tagged strings of GeneralName. */
export function asciiOctets(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) throw new RangeError('not an IA5String');
    octets[i] = code;
  }
  return octets;
}

/** Time as certificates and CRLs write it: UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5). */
export function time(at: Date): Uint8Array {
  const year = at.getUTCFullYear();
  return year >= 1950 && year < 2050 ? element(0x17, timeOctets(at, year % 100, 2)) : generalizedTime(at);
}

/** GeneralizedTime with seconds, without fraction, in UTC: invalidity dates and everything in OCSP. */
export function generalizedTime(at: Date): Uint8Array {
  return element(0x18, timeOctets(at, at.getUTCFullYear(), 4));
}

function timeOctets(at: Date, year: number, yearDigits: number): Uint8Array {
  const octets = new Uint8Array(yearDigits + 11);
  let offset = 0;
  const put = (value: number, digits: number) => {
    for (let i = digits - 1, left = value; i >= 0; i--, left = Math.floor(left / 10))
      octets[offset + i] = 48 + (left % 10);
    offset += digits;
  };
  put(year, yearDigits);
  put(at.getUTCMonth() + 1, 2);
  put(at.getUTCDate(), 2);
  put(at.getUTCHours(), 2);
  put(at.getUTCMinutes(), 2);
  put(at.getUTCSeconds(), 2);
  octets[offset] = 0x5a;
  return octets;
}

/** Order of two encodings: octet by octet, the shorter first where one is the beginning of the other. */
export function compareOctets(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
