/**
 * Serial numbers in their one spelling: lower-case hex, two digits per octet, no leading zero octet (RFC 5280 4.1.2.2).
 * Managed authorities use 16 random octets of which the two highest bits are fixed to 01: 126 random bits, always
 * positive, always 32 hex digits, never 20 octets once encoded.
 */
const MAX_OCTETS = 20;
const LOWEST_MADE = 1n << 126n;
const HIGHEST_MADE = (1n << 127n) - 1n;

/** A new serial from a cryptographic random source. */
export function makeSerial(random: (octets: number) => Uint8Array): string {
  const octets = Uint8Array.from(random(16));
  if (octets.length !== 16) throw new RangeError('the random source gave another number of octets than asked');
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return serialOf(octets);
}

/**
 * What a person typed or pasted, as a serial: colons, spaces, hyphens, upper case and `0x` are accepted. Digits alone are hex,
 * except 38 or 39 of them whose decimal value is in the range `makeSerial` draws from.
 * `undefined` when it is not a number, zero, negative, or more than 20 octets once encoded.
 */
export function parseSerial(text: string): string | undefined {
  const digits = text
    .trim()
    .replace(/^0x/i, '')
    .replace(/(?<=[0-9a-f])[\s:-](?=[0-9a-f])/gi, '')
    .toLowerCase();
  if (!/^[0-9a-f]{1,60}$/.test(digits)) return undefined;
  const hex = fromDecimal(digits) ?? digits.replace(/^0+/, '');
  if (hex === '') return undefined;
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const encodedOctets = even.length / 2 + (even[0] !== undefined && even[0] >= '8' ? 1 : 0);
  return encodedOctets > MAX_OCTETS ? undefined : even;
}

/** For people: the canonical digits in pairs with colons, as OpenSSL prints them and `parseSerial` reads back. */
export function formatSerial(serial: string): string {
  return serial.match(/../g)?.join(':') ?? '';
}

/** The serial in the contents octets of a positive INTEGER. */
export function serialOf(integer: Uint8Array): string {
  let hex = '';
  for (const octet of integer) hex += octet < 16 ? `0${octet.toString(16)}` : octet.toString(16);
  return hex.replace(/^(?:00)+(?=.)/, '');
}

/** The octets of a serial, for the INTEGER. Throws a RangeError when it is not in its one spelling. */
export function serialOctets(serial: string): Uint8Array {
  if (!/^(?!00)(?:[0-9a-f]{2}){1,20}$/.test(serial)) throw new RangeError('not a serial in canonical form');
  const octets = new Uint8Array(serial.length / 2);
  for (let i = 0; i < octets.length; i++) octets[i] = Number.parseInt(serial.slice(2 * i, 2 * i + 2), 16);
  return octets;
}

function fromDecimal(digits: string): string | undefined {
  if (!/^[1-9][0-9]{37,38}$/.test(digits)) return undefined;
  const value = BigInt(digits);
  return value >= LOWEST_MADE && value <= HIGHEST_MADE ? value.toString(16) : undefined;
}
