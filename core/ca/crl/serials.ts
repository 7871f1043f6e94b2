import { DerError, readStart } from '../der/reader.ts';
import { serialOf } from '../serial.ts';

const AT_ONCE = 1_000;

/**
 * The serials of a CRL (RFC 5280 5.1) that was checked when it was taken in, some at a time: nothing of it is held, and
 * whoever reads can pause. One that is on hold is listed like any other.
 * @throws DerError where it is not shaped like a CRL.
 */
export function* serialsOfCrl(der: Uint8Array): Generator<readonly string[]> {
  const list = readStart(der, 0, der.length);
  const tbs = readStart(der, list.contentStart, list.end);
  let at = tbs.contentStart;
  // version (optional), signature, issuer, thisUpdate, nextUpdate (optional), then the entries.
  const next = () => (at < tbs.end ? readStart(der, at, tbs.end) : undefined);
  const take = (tag: number) => {
    const element = next();
    if (element?.tag !== tag) throw new DerError('a part of the list is missing', at);
    at = element.end;
  };
  if (next()?.tag === INTEGER) take(INTEGER);
  take(SEQUENCE);
  take(SEQUENCE);
  if (!isTime(next()?.tag)) throw new DerError('a time is missing', at);
  for (let element = next(); isTime(element?.tag); element = next()) at = element?.end ?? at;
  const entries = next();
  if (entries?.tag !== SEQUENCE) return;

  let some: string[] = [];
  for (let entryAt = entries.contentStart; entryAt < entries.end; ) {
    const entry = readStart(der, entryAt, entries.end);
    const serial = readStart(der, entry.contentStart, entry.end);
    if (entry.tag !== SEQUENCE || serial.tag !== INTEGER) throw new DerError('an entry has no serial', entryAt);
    some.push(serialOf(der.subarray(serial.contentStart, serial.end)));
    entryAt = entry.end;
    if (some.length === AT_ONCE) {
      yield some;
      some = [];
    }
  }
  if (some.length > 0) yield some;
}

const INTEGER = 0x02;
const SEQUENCE = 0x30;
const isTime = (tag: number | undefined) => tag === 0x17 || tag === 0x18;
