import { describe, expect, it } from 'vitest';
import { makeBreathe } from '../../../core/breathe.ts';
import {
  element,
  explicit,
  octetString,
  oid,
  sequence,
  smallInteger,
  TRUE,
  time,
  utf8String,
} from '../../../core/ca/der/writer.ts';
import { SERIAL_OCTETS } from '../../../core/ca/read-crl/entries.ts';
import { readCrlFields } from '../../../core/ca/read-crl/fields.ts';
import { drive } from '../../../core/ca/read-crl/read.ts';
import { countMissing, serialsOf } from '../../../core/ca/read-crl/serials.ts';
import { asCountersignError } from '../../../core/errors.ts';
import { seededRandom } from '../../fixtures/ca/certificates.ts';

const at = new Date('2026-03-01T12:00:00Z');
const breathe = makeBreathe();
const ALGORITHM = sequence(oid('1.2.840.10045.4.3.2'));
const NAME = sequence(element(0x31, sequence(oid('2.5.4.3'), utf8String('Root'))));

/** A CRL whose signature nobody looks at. */
function crlOf(entries: readonly Uint8Array[], name = NAME): Uint8Array {
  const list = entries.length === 0 ? [] : [sequence(Buffer.concat(entries))];
  const tbs = sequence(smallInteger(1), ALGORITHM, name, time(at), time(at), ...list);
  return sequence(tbs, ALGORITHM, element(0x03, Uint8Array.of(0)));
}

const serial = (hex: string) => element(0x02, Buffer.from(hex, 'hex'));
const extension = (id: string, value: Uint8Array, critical = false) =>
  sequence(oid(id), ...(critical ? [TRUE] : []), octetString(value));
const entry = (hex: string, ...extensions: Uint8Array[]) =>
  sequence(serial(hex), time(at), ...(extensions.length > 0 ? [sequence(...extensions)] : []));
const reason = (code: number) => extension('2.5.29.21', Uint8Array.of(0x0a, 1, code));

const serials = async (...entries: Uint8Array[]) =>
  Buffer.from(await drive(serialsOf(crlOf(entries)), breathe))
    .toString('hex')
    .match(/.{40}/g)
    ?.map((hex) => hex.replace(/^0+/, ''));

describe('the serials of a CRL', () => {
  it('are in order, each once, without the zero that keeps them positive', async () => {
    expect(
      await serials(entry('0102'), entry('00ff'), entry('01'), entry('0102'), entry(`00${'ff'.repeat(20)}`)),
    ).toEqual(['1', 'ff', '102', 'ff'.repeat(20)]);
    expect(await serials()).toBeUndefined();
  });

  it('leave out what was taken off the list, and keep what has a reason that nobody knows', async () => {
    expect(await serials(entry('01', reason(8)), entry('02', reason(6)), entry('03', reason(99)))).toEqual(['2', '3']);
    // Twice in one list: whoever is on it is on it.
    expect(await serials(entry('01', reason(8)), entry('01'))).toEqual(['1']);
  });

  it('are read past extensions that mean nothing here', async () => {
    const invalidity = extension('2.5.29.24', element(0x18, Buffer.from('20260101000000Z')), true);
    expect(await serials(entry('01', invalidity, extension('1.2.3', Uint8Array.of(5, 0))))).toEqual(['1']);
  });

  it.each([
    ['zero', entry('00'), 'serial'],
    ['a negative number', entry('ff'), 'serial'],
    ['21 octets', entry('01'.repeat(21)), 'serial'],
    ['an entry of another issuer', entry('01', extension('2.5.29.29', sequence(), true)), 'indirect'],
    ['a critical extension that is not known', entry('01', extension('1.2.3', sequence(), true)), 'entry_extension'],
  ])('are none where there is %s', async (_, bad, defect) => {
    const error = await serials(entry('05'), bad).catch((thrown: unknown) => asCountersignError(thrown));
    expect(error).toMatchObject({ code: 'crl_refused', details: { defect } });
  });

  it.each([
    ['a serial with a zero too many', entry('0001')],
    ['an empty serial', entry('')],
    ['no date', sequence(serial('01'))],
    ['a date that is none', sequence(serial('01'), element(0x17, Buffer.from('260231000000Z')))],
    ['an entry that is no SEQUENCE', serial('01')],
    ['a field behind the extensions', sequence(serial('01'), time(at), sequence(reason(1)), smallInteger(1))],
    ['an empty list of extensions', sequence(serial('01'), time(at), sequence())],
    ['a reason of two octets', entry('01', extension('2.5.29.21', Uint8Array.of(0x0a, 2, 1, 1)))],
    [
      'a FALSE that is written out',
      entry('01', sequence(oid('1.2.3'), Uint8Array.of(1, 1, 0), octetString(sequence()))),
    ],
    ['an extension without a value', entry('01', sequence(oid('1.2.3'), TRUE))],
  ])('are none where there is %s: it is not DER, or not a CRL', async (_, bad) => {
    await expect(serials(entry('05'), bad)).rejects.toMatchObject({ name: 'DerError' });
  });

  it('of a quarter of a million are sorted as a comparing sort does it, with many pauses', async () => {
    const random = seededRandom(1);
    const made = Array.from({ length: 250_000 }, () => {
      const octets = random(16);
      octets[0] = ((octets[0] ?? 0) & 0x7f) | 1;
      return Buffer.from(octets).toString('hex');
    });
    const crl = crlOf(made.map((hex) => entry(hex)));
    const work = serialsOf(crl);
    let pauses = 0;
    let step = work.next();
    for (; !step.done; step = work.next()) pauses += 1;
    expect(pauses).toBeGreaterThan(900);
    const sorted = Buffer.from(step.value).toString('hex').match(/.{40}/g);
    expect(sorted).toEqual(made.map((hex) => hex.padStart(2 * SERIAL_OCTETS, '0')).sort());
  });

  it('of a list that was damaged anywhere are refused or read, and never break anything', async () => {
    const random = seededRandom(7);
    const below = (limit: number) => (((random(1)[0] ?? 0) << 8) | (random(1)[0] ?? 0)) % limit;
    const good = crlOf([entry('01'), entry('0102', reason(6)), entry('7f', extension('1.2.3', sequence(), false))]);
    let read = 0;
    for (let round = 0; round < 20_000; round++) {
      const damaged = Uint8Array.from(good);
      for (let changes = 1 + below(3); changes > 0; changes--) damaged[below(good.length)] = random(1)[0] ?? 0;
      const cut = below(4) === 0 ? damaged.subarray(0, below(good.length)) : damaged;
      try {
        const work = serialsOf(cut);
        while (!work.next().done);
        read += 1;
      } catch (error) {
        const { name, code } = error as { name: string; code?: string };
        expect([name === 'DerError', code === 'crl_refused']).toContain(true);
      }
    }
    // Most damage is to serials, dates and the name, which are not what this reads.
    expect(read).toBeGreaterThan(1_000);
    expect(read).toBeLessThan(19_000);
  });

  it('are compared with those of another list', async () => {
    const of = (...hex: string[]) => drive(serialsOf(crlOf(hex.map((one) => entry(one)))), breathe);
    const [old, young, none] = [await of('01', '03', '05'), await of('02', '03'), await of()];
    expect(await drive(countMissing(old, young), breathe)).toBe(2);
    expect(await drive(countMissing(young, old), breathe)).toBe(1);
    expect(await drive(countMissing(old, none), breathe)).toBe(3);
    expect(await drive(countMissing(none, old), breathe)).toBe(0);
  });
});

describe('the fields of a CRL', () => {
  it('are bounded around the entries, so that nothing but entries can be many', () => {
    const long = sequence(...Array.from({ length: 40_000 }, () => Uint8Array.of(5, 0)));
    const tbs = sequence(smallInteger(1), ALGORITHM, long, time(at), time(at));
    expect(() => readCrlFields(tbs)).toThrow('the issuer is too long');
  });

  it('come in one order, and none of them twice', () => {
    const tbs = (...parts: Uint8Array[]) => sequence(smallInteger(1), ALGORITHM, NAME, time(at), ...parts);
    const list = sequence(entry('01'));
    const extensions = explicit(0, sequence(reason(1)));
    expect(readCrlFields(tbs(time(at), list, extensions))).toMatchObject({ extensions: [{ oid: '2.5.29.21' }] });
    expect(readCrlFields(tbs(list)).nextUpdate).toBeUndefined();
    expect(() => readCrlFields(tbs(list, time(at)))).toThrow('does not belong here');
    expect(() => readCrlFields(tbs(extensions, list))).toThrow('does not belong here');
    expect(() => readCrlFields(tbs(list, extensions, extensions))).toThrow('does not belong here');
  });
});
