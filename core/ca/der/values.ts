/** The values inside primitive elements. The reader has checked their form already; these only decode. */
import { contentOf, DerError, type DerNode } from './reader.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** OBJECT IDENTIFIER in dotted form. Arcs beyond 2^53 come out rounded, so they match no known identifier. */
export function oidOf(node: DerNode): string {
  if (node.tag !== 0x06) throw new DerError('an OBJECT IDENTIFIER is missing', node.start);
  let text = '';
  let arc = 0;
  for (let i = node.contentStart; i < node.end; i++) {
    const octet = node.source[i] ?? 0;
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    if (text === '') {
      const first = arc < 40 ? 0 : arc < 80 ? 1 : 2;
      text = `${first}.${arc - 40 * first}`;
    } else {
      text += `.${arc}`;
    }
    arc = 0;
  }
  return text;
}

/** The octets of a BIT STRING that is a whole number of octets, as keys and signatures are. */
export function bitOctetsOf(node: DerNode): Uint8Array {
  if (node.source[node.contentStart] !== 0) throw new DerError('a BIT STRING is not whole octets', node.start);
  return node.source.subarray(node.contentStart + 1, node.end);
}

/** The numbers of the bits that are set in a BIT STRING with named bits. */
export function namedBitsOf(node: DerNode): number[] {
  const bits: number[] = [];
  for (let i = node.contentStart + 1; i < node.end; i++) {
    for (let bit = 0; bit < 8; bit++) {
      if (((node.source[i] ?? 0) & (0x80 >> bit)) !== 0) bits.push((i - node.contentStart - 1) * 8 + bit);
    }
  }
  return bits;
}

/**
 * The text of a character string, `undefined` for another type or octets the type does not allow.
 * TeletexString is read as Latin-1, which is how every tool writes it.
 */
export function textOf(node: DerNode): string | undefined {
  const octets = contentOf(node);
  switch (node.tag) {
    case 0x0c:
      try {
        return utf8.decode(octets);
      } catch {
        return undefined;
      }
    case 0x12:
    case 0x13: {
      const text = latin1(octets);
      const alphabet = node.tag === 0x12 ? /^[0-9 ]*$/ : /^[A-Za-z0-9 '()+,\-./:=?]*$/;
      return alphabet.test(text) ? text : undefined;
    }
    case 0x16:
      return octets.every((octet) => octet < 0x80) ? latin1(octets) : undefined;
    case 0x14:
      return latin1(octets);
    case 0x1e: {
      if (octets.length % 2 !== 0) return undefined;
      let text = '';
      for (let i = 0; i < octets.length; i += 2)
        text += String.fromCharCode(((octets[i] ?? 0) << 8) | (octets[i + 1] ?? 0));
      return /\p{Cs}/u.test(text) ? undefined : text;
    }
    default:
      return undefined;
  }
}

/** One character for each octet. */
export function latin1(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}

/** UTCTime `YYMMDDHHMMSSZ` or GeneralizedTime `YYYYMMDDHHMMSSZ`; `undefined` for every other spelling (RFC 5280 4.1.2.5). */
export function timeOf(node: DerNode): Date | undefined {
  const yearDigits = node.tag === 0x17 ? 2 : node.tag === 0x18 ? 4 : 0;
  const { source, contentStart, end } = node;
  if (yearDigits === 0 || end - contentStart !== yearDigits + 11 || source[end - 1] !== 0x5a) return undefined;
  let offset = contentStart;
  let digitsOnly = true;
  const take = (digits: number) => {
    let value = 0;
    for (const limit = offset + digits; offset < limit; offset++) {
      const digit = (source[offset] ?? 0) - 48;
      if (digit < 0 || digit > 9) digitsOnly = false;
      value = value * 10 + digit;
    }
    return value;
  };
  const written = take(yearDigits);
  const year = yearDigits === 4 ? written : written < 50 ? 2000 + written : 1900 + written;
  const [month, day, hour, minute, second] = [take(2), take(2), take(2), take(2), take(2)];
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // A date that rolls over (31 February, hour 24, second 60) was not a date.
  const same =
    digitsOnly &&
    year >= 1000 &&
    at.getUTCMonth() === month - 1 &&
    at.getUTCDate() === day &&
    at.getUTCHours() === hour;
  return same && minute < 60 && second < 60 ? at : undefined;
}
