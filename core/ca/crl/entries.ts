/**
 * The entries of a CRL (RFC 5280 5.1.2.6 and 5.3), written into buffers one after the other. The one place that runs a
 * million times for one CRL: no objects, no arrays that grow, nothing spread.
 *
 * An entry is 34 octets with a 16-octet serial, 14 more with a reason and 26 more with an invalidity date: always below
 * 128, so every length is one octet.
 */
import { REASON_CODES } from '../reasons.ts';
import type { CrlEntry } from './crl.ts';

const CHUNK = 256 * 1024;
/** SEQUENCE, 21 octets of serial, GeneralizedTime, both extensions: less than this. */
const LONGEST_ENTRY = 128;
/** `SEQUENCE { reasonCode, OCTET STRING { ENUMERATED } }` up to its value. */
export const REASON_START = Uint8Array.of(0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01);
/** `SEQUENCE { invalidityDate, OCTET STRING { GeneralizedTime } }` up to its digits. */
export const INVALIDITY_START = Uint8Array.of(0x30, 0x18, 0x06, 0x03, 0x55, 0x1d, 0x18, 0x04, 0x11, 0x18, 0x0f);
const REASON_OCTETS = REASON_START.length + 1;
const INVALIDITY_OCTETS = INVALIDITY_START.length + 15;
/** The first instant that GeneralizedTime is for (RFC 5280 5.1.2.4). */
const YEAR_2050_MS = Date.UTC(2050, 0);
const YEAR_1950_MS = Date.UTC(1950, 0);

/** All entries in encoded form. Chunks end between two entries. */
export type EncodedEntries = { chunks: readonly Uint8Array[]; octets: number; count: number; latestMs: number };

export function makeEntryWriter(): { put(entry: CrlEntry): void; end(): EncodedEntries } {
  const chunks: Uint8Array[] = [];
  let chunk = Buffer.allocUnsafeSlow(CHUNK);
  let offset = 0;
  let [octets, count, latestMs] = [0, 0, 0];
  const full = () => {
    chunks.push(chunk.subarray(0, offset));
    octets += offset;
  };

  return {
    put(entry) {
      if (CHUNK - offset < LONGEST_ENTRY) {
        full();
        chunk = Buffer.allocUnsafeSlow(CHUNK);
        offset = 0;
      }
      offset = writeEntry(chunk, offset, entry);
      count += 1;
      if (entry.revokedAtMs > latestMs) latestMs = entry.revokedAtMs;
    },
    end() {
      full();
      return { chunks, octets, count, latestMs };
    },
  };
}

function writeEntry(out: Buffer, start: number, entry: CrlEntry): number {
  const code = REASON_CODES[entry.reason];
  const extensions = (code === undefined ? 0 : REASON_OCTETS) + (entry.invalidityAtMs === null ? 0 : INVALIDITY_OCTETS);
  let at = writeSerial(out, start + 2, entry.serial);
  at = writeTime(out, at, entry.revokedAtMs);
  if (extensions > 0) {
    out[at] = 0x30;
    out[at + 1] = extensions;
    at += 2;
  }
  if (code !== undefined) {
    out.set(REASON_START, at);
    out[at + REASON_START.length] = code;
    at += REASON_OCTETS;
  }
  if (entry.invalidityAtMs !== null) {
    out.set(INVALIDITY_START, at);
    writeDigits(out, at + INVALIDITY_START.length, entry.invalidityAtMs, 4);
    at += INVALIDITY_OCTETS;
  }
  out[start] = 0x30;
  out[start + 1] = at - start - 2;
  return at;
}

/** The serial as INTEGER. Throws a RangeError for what is not one to twenty octets in hex. */
function writeSerial(out: Buffer, start: number, serial: string): number {
  const length = serial.length / 2;
  const high = serial.charCodeAt(0) > 0x37;
  const contents = start + (high ? 3 : 2);
  if (length < 1 || length > 20 || out.write(serial, contents, 'hex') !== length) {
    throw new RangeError('not a serial in canonical form');
  }
  out[start] = 0x02;
  out[start + 1] = length + (high ? 1 : 0);
  if (high) out[start + 2] = 0;
  return contents + length;
}

/** UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 5.1.2.6). */
function writeTime(out: Buffer, start: number, ms: number): number {
  const short = ms >= YEAR_1950_MS && ms < YEAR_2050_MS;
  out[start] = short ? 0x17 : 0x18;
  out[start + 1] = short ? 13 : 15;
  return writeDigits(out, start + 2, ms, short ? 2 : 4);
}

function writeDigits(out: Buffer, start: number, ms: number, yearDigits: 2 | 4): number {
  const at = new Date(ms);
  const year = at.getUTCFullYear();
  let offset = start;
  if (yearDigits === 4) offset = two(out, offset, Math.floor(year / 100));
  offset = two(out, offset, year % 100);
  offset = two(out, offset, at.getUTCMonth() + 1);
  offset = two(out, offset, at.getUTCDate());
  offset = two(out, offset, at.getUTCHours());
  offset = two(out, offset, at.getUTCMinutes());
  offset = two(out, offset, at.getUTCSeconds());
  out[offset] = 0x5a;
  return offset + 1;
}

function two(out: Buffer, offset: number, value: number): number {
  out[offset] = 48 + Math.floor(value / 10);
  out[offset + 1] = 48 + (value % 10);
  return offset + 2;
}
