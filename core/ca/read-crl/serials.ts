/**
 * The serials that a CRL revokes, as a list to be searched: each 20 octets, big-endian, with zeros before it, in
 * ascending order, each once. It is what edges enforce, and what two CRLs are compared by. Pure.
 */
import { readStart } from '../der/reader.ts';
import { SERIAL_OCTETS, SHORTEST_ENTRY, walkEntries } from './entries.ts';
import { readCrlFields } from './fields.ts';

const BETWEEN_PAUSES = 8_192;

/**
 * A suspended certificate (certificateHold) counts as revoked; removeFromCRL says that one is not revoked any more, and
 * counts for nothing.
 * @param crl a CertificateList in DER. Its signature was checked before.
 * @param options `held: false` leaves out those that are only suspended.
 */
export function* serialsOf(
  crl: Uint8Array,
  options: { held: boolean } = { held: true },
): Generator<undefined, Uint8Array> {
  const list = readStart(crl, 0, crl.length);
  const tbs = readStart(crl, list.contentStart, list.end);
  const signed = crl.subarray(list.contentStart, tbs.end);
  const { entries } = readCrlFields(signed);
  if (entries === undefined) return new Uint8Array(0);
  const most = Math.floor((entries.end - entries.contentStart) / SHORTEST_ENTRY) + 1;
  const serials = new Uint8Array(most * SERIAL_OCTETS);
  let count = 0;
  yield* walkEntries(signed, entries, (start, length, meaning) => {
    if (meaning === 'unlisted' || (meaning === 'held' && !options.held)) return;
    count += 1;
    const end = count * SERIAL_OCTETS;
    for (let i = 0; i < length; i++) serials[end - length + i] = signed[start + i] ?? 0;
  });
  return yield* sortedOnce(serials, count);
}

/** How many of the serials in `of` are not in `without`. Both in order. */
export function* countMissing(of: Uint8Array, without: Uint8Array): Generator<undefined, number> {
  let missing = 0;
  let other = 0;
  for (let at = 0; at < of.length; at += SERIAL_OCTETS) {
    while (other < without.length && compareAt(without, other, of, at) < 0) other += SERIAL_OCTETS;
    if (other >= without.length || compareAt(without, other, of, at) !== 0) missing += 1;
    if ((at / SERIAL_OCTETS) % BETWEEN_PAUSES === 0) yield;
  }
  return missing;
}

/**
 * Sorts by one octet after the other, the last one first: it takes the same short time whatever the serials are, and can
 * pause anywhere, which a comparing sort of the language cannot.
 */
function* sortedOnce(serials: Uint8Array, count: number): Generator<undefined, Uint8Array> {
  let order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  let next = new Uint32Array(count);
  for (let octet = SERIAL_OCTETS - 1; octet >= 0; octet--) {
    const places = new Uint32Array(257);
    for (let i = 0; i < count; i++) {
      const bucket = (serials[i * SERIAL_OCTETS + octet] ?? 0) + 1;
      places[bucket] = (places[bucket] ?? 0) + 1;
      if (i % BETWEEN_PAUSES === 0) yield;
    }
    // Where all have the same octet, as before short serials, there is nothing to move.
    if (places.includes(count)) continue;
    for (let bucket = 1; bucket < 257; bucket++) places[bucket] = (places[bucket] ?? 0) + (places[bucket - 1] ?? 0);
    for (let i = 0; i < count; i++) {
      const serial = order[i] ?? 0;
      const bucket = serials[serial * SERIAL_OCTETS + octet] ?? 0;
      const place = places[bucket] ?? 0;
      next[place] = serial;
      places[bucket] = place + 1;
      if (i % BETWEEN_PAUSES === 0) yield;
    }
    [order, next] = [next, order];
  }
  const sorted = new Uint8Array(count * SERIAL_OCTETS);
  let end = 0;
  for (let i = 0; i < count; i++) {
    const from = (order[i] ?? 0) * SERIAL_OCTETS;
    if (end > 0 && compareAt(sorted, end - SERIAL_OCTETS, serials, from) === 0) continue;
    sorted.set(serials.subarray(from, from + SERIAL_OCTETS), end);
    end += SERIAL_OCTETS;
    if (i % BETWEEN_PAUSES === 0) yield;
  }
  return sorted.slice(0, end);
}

function compareAt(a: Uint8Array, fromA: number, b: Uint8Array, fromB: number): number {
  for (let i = 0; i < SERIAL_OCTETS; i++) {
    const difference = (a[fromA + i] ?? 0) - (b[fromB + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
