/**
 * The entries of a CRL that somebody else made (RFC 5280 5.1.2.6 and 5.3), one after the other. The one place that runs
 * a million times for one CRL: it makes no objects of what it passes.
 */
import { DerError, type DerNode, readStart } from '../der/reader.ts';
import { timeOf } from '../der/values.ts';
import type { Span } from './fields.ts';
import { refuseCrl } from './refusal.ts';

/** RFC 5280 4.1.2.2. One more where the highest bit is set, which some authorities take for allowed. */
export const SERIAL_OCTETS = 20;
/** SEQUENCE, one octet of serial, UTCTime. */
export const SHORTEST_ENTRY = 2 + 3 + 15;
/** So many entries take well under a millisecond. */
const BETWEEN_PAUSES = 512;
const NO_CHILDREN: readonly DerNode[] = [];

/** What an entry says of its certificate. `unlisted`: that it is not listed any more (removeFromCRL). */
export type EntryMeaning = 'revoked' | 'held' | 'unlisted';

/**
 * Calls `visit` for each entry: where the octets of its serial begin, without a leading zero, and how many there are.
 * A generator, which yields nothing, often: whoever drives it may let others have their turn there.
 * @throws DerError; CountersignError `crl_refused`.
 */
export function* walkEntries(
  source: Uint8Array,
  entries: Pick<Span, 'contentStart' | 'end'>,
  visit: (serialStart: number, length: number, meaning: EntryMeaning) => void,
): Generator<undefined, void> {
  let count = 0;
  for (let start = entries.contentStart; start < entries.end; ) {
    const entry = readStart(source, start, entries.end);
    if (entry.tag !== 0x30) throw new DerError('an entry is missing or of another type', start);
    count += 1;

    const serial = readStart(source, entry.contentStart, entry.end);
    if (serial.tag !== 0x02) throw new DerError('a serial number is missing or of another type', entry.contentStart);
    const first = serialStart(source, serial.contentStart, serial.end);
    const meaning = meaningOf(source, dateEnd(source, serial.end, entry.end), entry.end);
    visit(first, serial.end - first, meaning);

    start = entry.end;
    if (count % BETWEEN_PAUSES === 0) yield;
  }
}

/** A positive INTEGER in its one encoding, of at most 20 octets without the zero that keeps it positive. */
function serialStart(source: Uint8Array, start: number, end: number): number {
  const first = source[start] ?? 0;
  if (end === start) throw new DerError('a serial number is empty', start);
  if (end - start > 1 && first === 0 && (source[start + 1] ?? 0) < 0x80) {
    throw new DerError('a serial number is not minimal', start);
  }
  const begin = first === 0 && end - start > 1 ? start + 1 : start;
  if (first >= 0x80 || (first === 0 && end - start === 1) || end - begin > SERIAL_OCTETS) {
    refuseCrl(
      'serial',
      'This CRL lists a serial number that is zero, negative or longer than 20 octets, which no certificate can have here.',
    );
  }
  return begin;
}

function dateEnd(source: Uint8Array, start: number, limit: number): number {
  const date = readStart(source, start, limit);
  if (timeOf({ ...date, source, start, children: NO_CHILDREN }) === undefined) {
    throw new DerError('a revocation date is missing or malformed', start);
  }
  return date.end;
}

/** `id-ce`, 2.5.29, whose last arc tells the extensions of entries apart. */
const ID_CE = [0x55, 0x1d] as const;
const REASON_CODE = 21;
const HOLD_INSTRUCTION = 23;
const INVALIDITY_DATE = 24;
const CERTIFICATE_ISSUER = 29;
const HOLD = 6;
const REMOVE_FROM_CRL = 8;

/** From the extensions of an entry, where it has any. */
function meaningOf(source: Uint8Array, start: number, end: number): EntryMeaning {
  if (start === end) return 'revoked';
  const list = readStart(source, start, end);
  if (list.tag !== 0x30 || list.end !== end || list.contentStart === list.end) {
    throw new DerError('an entry has a field that does not belong there', start);
  }
  let meaning: EntryMeaning = 'revoked';
  for (let at = list.contentStart; at < list.end; ) {
    const extension = readStart(source, at, list.end);
    if (extension.tag !== 0x30) throw new DerError('an extension of an entry is of another type', at);
    const id = readStart(source, extension.contentStart, extension.end);
    if (id.tag !== 0x06) throw new DerError('an extension of an entry has no identifier', extension.contentStart);
    const flag = readStart(source, id.end, extension.end);
    const critical = flag.tag === 0x01;
    if (critical && (flag.end - flag.contentStart !== 1 || source[flag.contentStart] !== 0xff)) {
      throw new DerError('whether an extension of an entry is critical is malformed', id.end);
    }
    const value = critical ? readStart(source, flag.end, extension.end) : flag;
    if (value.tag !== 0x04 || value.end !== extension.end) {
      throw new DerError('an extension of an entry has no value', id.end);
    }
    const known = idCeOf(source, id.contentStart, id.end);
    if (known === CERTIFICATE_ISSUER) refuseIndirect();
    if (known === REASON_CODE) meaning = reasonMeaning(source, value.contentStart, value.end);
    else if (critical && known !== HOLD_INSTRUCTION && known !== INVALIDITY_DATE) {
      // RFC 5280 5.3: a CRL with a critical entry extension that is not understood must not be used.
      refuseCrl('entry_extension', 'An entry of this CRL has a critical extension that is not known here.');
    }
    at = extension.end;
  }
  return meaning;
}

function idCeOf(source: Uint8Array, start: number, end: number): number | undefined {
  return end - start === 3 && source[start] === ID_CE[0] && source[start + 1] === ID_CE[1]
    ? source[start + 2]
    : undefined;
}

/** ENUMERATED of one octet. A reason that is not known is a revocation all the same. */
function reasonMeaning(source: Uint8Array, start: number, end: number): EntryMeaning {
  if (end - start !== 3 || source[start] !== 0x0a || source[start + 1] !== 1) {
    throw new DerError('a reason is malformed', start);
  }
  const reason = source[start + 2];
  return reason === HOLD ? 'held' : reason === REMOVE_FROM_CRL ? 'unlisted' : 'revoked';
}

export function refuseIndirect(): never {
  return refuseCrl(
    'indirect',
    'This CRL speaks of certificates of other authorities as well (an indirect CRL), which is not taken. Use the one that the CA signs for its own certificates alone.',
  );
}
