/**
 * The lint of a CRL's entries (RFC 5280 5.1.2.6 and 5.3). DER has one encoding for one value, so an entry of ours can
 * only be: serial, date, and of the extensions a reason and an invalidity date, in octets known beforehand.
 */
import { INVALIDITY_START, REASON_START } from '../crl/entries.ts';
import { DerError, type DerNode, readStart } from '../der/reader.ts';
import { timeOf } from '../der/values.ts';
import { REASON_CODES } from '../reasons.ts';
import type { Finding } from './rule.ts';

/** More would say nothing new. */
const FINDINGS_AT_MOST = 20;
/** So many entries take well under a millisecond. */
const BETWEEN_PAUSES = 512;
/** SEQUENCE, one octet of serial, UTCTime. */
const SHORTEST_ENTRY = 2 + 3 + 15;
const CODES: ReadonlySet<number | undefined> = new Set(
  Object.values(REASON_CODES).filter((code) => code !== undefined),
);
const NO_CHILDREN: readonly DerNode[] = [];

/** @param thisUpdate of the CRL; nothing listed may be later. */
export function* lintCrlEntries(
  source: Uint8Array,
  from: number,
  to: number,
  thisUpdate: Date | undefined,
): Generator<undefined, Finding[]> {
  const findings: Finding[] = [];
  const isNew = makeSerialSet(source, Math.floor((to - from) / SHORTEST_ENTRY));
  let count = 0;
  for (let start = from; start < to; ) {
    const entry = readStart(source, start, to);
    const fault = faultOf(source, start, entry, thisUpdate, isNew);
    if (fault) findings.push({ ...fault, message: `${fault.message} (octet ${start})` });
    if (findings.length >= FINDINGS_AT_MOST) break;
    start = entry.end;
    count += 1;
    if (count % BETWEEN_PAUSES === 0) yield;
  }
  return findings;
}

function faultOf(
  source: Uint8Array,
  start: number,
  entry: { tag: number; contentStart: number; end: number },
  thisUpdate: Date | undefined,
  isNew: (start: number, length: number) => boolean,
): Finding | undefined {
  const finding = (rule: string, section: string, message: string) => ({ rule, source: section, message });
  if (entry.tag !== 0x30) return finding('entry_form', 'RFC 5280 5.1', 'an entry is not a SEQUENCE');

  const serial = readStart(source, entry.contentStart, entry.end);
  const length = serial.end - serial.contentStart;
  if (serial.tag !== 0x02 || !isPositiveInteger(source, serial.contentStart, length)) {
    return finding('entry_serial', 'RFC 5280 4.1.2.2', 'a serial is not a positive INTEGER of at most 20 octets');
  }
  if (!isNew(serial.contentStart, length)) return finding('entry_once', 'RFC 5280 5.1.2.6', 'a serial is listed twice');

  const date = timeAt(source, serial.end, entry.end);
  if (!date?.at || (date.tag === 0x17) !== date.at.getUTCFullYear() < 2050) {
    return finding('entry_date_form', 'RFC 5280 5.1.2.6', 'a revocation date is not in its one spelling');
  }
  if (thisUpdate && date.at > thisUpdate) {
    return finding('entry_date', 'RFC 5280 5.1.2.4', 'a revocation date is after thisUpdate');
  }
  if (date.end === entry.end) return undefined;

  const list = readStart(source, date.end, entry.end);
  if (list.tag !== 0x30 || list.end !== entry.end || list.contentStart === list.end) {
    return finding('entry_form', 'RFC 5280 5.1', `an entry has a field that does not belong there, from ${start}`);
  }
  let at = list.contentStart;
  if (startsWith(source, at, REASON_START)) {
    if (!CODES.has(source[at + REASON_START.length])) {
      return finding('entry_reason', 'RFC 5280 5.3.1', 'a reason is one that is never used here');
    }
    at += REASON_START.length + 1;
  }
  if (startsWith(source, at, INVALIDITY_START)) {
    const since = timeAt(source, at + INVALIDITY_START.length - 2, list.end);
    if (!since?.at || (thisUpdate && since.at > thisUpdate)) {
      return finding('entry_invalidity', 'RFC 5280 5.3.2', 'an invalidity date is malformed or after thisUpdate');
    }
    at = since.end;
  }
  return at === list.end
    ? undefined
    : finding(
        'entry_extensions',
        'RFC 5280 5.3',
        'the extensions are not reason and invalidity date, not critical, in this order',
      );
}

function isPositiveInteger(source: Uint8Array, start: number, length: number): boolean {
  const first = source[start] ?? 0;
  const minimal = length === 1 ? first > 0 : first > 0 || (source[start + 1] ?? 0) >= 0x80;
  return length >= 1 && length <= 20 && first < 0x80 && minimal;
}

function timeAt(source: Uint8Array, start: number, limit: number): { tag: number; at: Date | undefined; end: number } {
  const found = readStart(source, start, limit);
  if (found.tag !== 0x17 && found.tag !== 0x18) throw new DerError('a time is missing or of another type', start);
  return { tag: found.tag, at: timeOf({ ...found, source, start, children: NO_CHILDREN }), end: found.end };
}

function startsWith(source: Uint8Array, at: number, start: Uint8Array): boolean {
  for (let i = 0; i < start.length; i++) if (source[at + i] !== start[i]) return false;
  return true;
}

/**
 * Says of each serial whether it is the first of its kind. An open hash table over where they are in `source`: it never
 * grows, so it never stops everything to grow, and it makes no garbage.
 */
function makeSerialSet(source: Uint8Array, atMost: number): (start: number, length: number) => boolean {
  const size = 2 ** Math.ceil(Math.log2(2 * atMost + 2));
  /** Where a serial begins, plus one: 0 is free. */
  const slots = new Uint32Array(size);
  return (start, length) => {
    let hash = 0x811c9dc5;
    for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ (source[i] ?? 0), 0x01000193);
    for (let slot = (hash ^ (hash >>> 15)) & (size - 1); ; slot = (slot + 1) & (size - 1)) {
      const other = (slots[slot] ?? 0) - 1;
      if (other < 0) {
        slots[slot] = start + 1;
        return true;
      }
      if (isSame(source, start, other, length)) return false;
    }
  };
}

/** The octet before the contents is their length (below 128), so equal octets are equal serials. */
function isSame(source: Uint8Array, a: number, b: number, length: number): boolean {
  if (source[a - 1] !== source[b - 1]) return false;
  for (let i = 0; i < length; i++) if (source[a + i] !== source[b + i]) return false;
  return true;
}
