import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeBreathe } from '../../../core/breathe.ts';
import { type CrlEntry, LATE_AFTER_MS, RESIGN_AFTER_MS, SHARDS, shardOf, WINDOW_MS } from '../../../core/ca/crl/crl.ts';
import { makeEntryWriter } from '../../../core/ca/crl/entries.ts';
import { prepareCrl } from '../../../core/ca/crl/prepare.ts';
import { decideCrlNumber, decideUpdates, entryOf, isListed } from '../../../core/ca/crl/rules.ts';
import { piecesOf, signLintedCrl } from '../../../core/ca/crl/sign.ts';
import { buildCrlTbs } from '../../../core/ca/crl/tbs.ts';
import { OID } from '../../../core/ca/der/oids.ts';
import { contentOf, type DerNode, readDer } from '../../../core/ca/der/reader.ts';
import { oidOf, timeOf } from '../../../core/ca/der/values.ts';
import {
  element,
  explicit,
  generalizedTime,
  octetString,
  oid,
  sequence,
  smallInteger,
  TRUE,
  time,
  unsignedInteger,
} from '../../../core/ca/der/writer.ts';
import { type CrlSetting, lintCrl } from '../../../core/ca/lint/crl.ts';
import { REASON_CODES, type ReasonName } from '../../../core/ca/reasons.ts';
import type { RevokedCertificate } from '../../../core/store/questions/revocation.ts';
import { anEntry, makeCrl, SHARD_URI } from '../../fixtures/ca/crls.ts';
import { makeTestAuthority } from '../../fixtures/ca/issuing.ts';

const now = new Date('2026-03-01T12:00:00.789Z');
const authority = makeTestAuthority('ecdsa-sha256', now);
const stranger = makeTestAuthority('ecdsa-sha256', now);
const SECOND = new Date('2026-03-01T12:00:00Z');

describe('the number of a CRL', () => {
  it.each([
    ['is the time where there is no other', undefined, now.getTime()],
    ['is the time where the last one is older', 1_000, now.getTime()],
    ['is one more where the last one is of the same millisecond', now.getTime(), now.getTime() + 1],
    ['is one more where the clock has stepped back', now.getTime() + 90_000, now.getTime() + 90_001],
  ])('%s', (_, last, expected) => {
    const previous = last === undefined ? undefined : { number: last, thisUpdate: now };
    expect(decideCrlNumber(previous, now)).toBe(expected);
  });

  it('of a restored backup is above all that was published since', () => {
    const backup = { number: now.getTime() - 86_400_000, thisUpdate: new Date(now.getTime() - 86_400_000) };
    let published = { number: now.getTime() - 1, thisUpdate: now };
    for (let i = 0; i < 1_000; i++) published = { number: decideCrlNumber(published, now), thisUpdate: now };
    const later = new Date(now.getTime() + 10_000);
    expect(decideCrlNumber(backup, later)).toBeGreaterThan(published.number);
  });
});

describe('thisUpdate and nextUpdate', () => {
  it('are now, in whole seconds, and four days later; a quarter of that, it is signed anew, at half it is late', () => {
    const { thisUpdate, nextUpdate, resignAt } = decideUpdates(now, undefined, 0);
    expect(thisUpdate).toEqual(SECOND);
    expect(nextUpdate).toEqual(new Date('2026-03-05T12:00:00Z'));
    expect(resignAt.getTime()).toBe(now.getTime() + 86_400_000);
    expect([WINDOW_MS / RESIGN_AFTER_MS, WINDOW_MS / LATE_AFTER_MS]).toEqual([4, 2]);
  });

  it('never go back, and are never before what is listed', () => {
    const hour = 3_600_000;
    const previous = { number: 1, thisUpdate: new Date(SECOND.getTime() + hour) };
    expect(decideUpdates(now, previous, 0).thisUpdate).toEqual(previous.thisUpdate);
    expect(decideUpdates(now, undefined, SECOND.getTime() + hour + 999).thisUpdate).toEqual(previous.thisUpdate);
    expect(decideUpdates(now, previous, 0).resignAt.getTime()).toBe(now.getTime() + RESIGN_AFTER_MS);
  });

  it('cross into 2050 with the other type of time', async () => {
    const at = new Date('2049-12-29T00:00:00Z');
    const old = makeTestAuthority('ecdsa-sha256', at);
    const entries = [anEntry({ revokedAtMs: at.getTime() - 1 })];
    const { der } = await makeCrl(old, entries, { now: at });
    const [tbs] = readDer(der).children;
    expect([tbs?.children[3]?.tag, tbs?.children[4]?.tag]).toEqual([0x17, 0x18]);
    const late = new Date('2050-01-01T00:00:00Z');
    const first = await makeCrl(old, [anEntry({ revokedAtMs: late.getTime() })], { now: late });
    const list = readDer(first.der).children[0]?.children[5];
    expect(list?.children[0]?.children[1]?.tag).toBe(0x18);
    expect(timeOf(list?.children[0]?.children[1] as DerNode)).toEqual(late);
  });
});

describe('an entry', () => {
  const row: RevokedCertificate = {
    shard: 1,
    serial: '4f01',
    state: 'revoked',
    notAfterMs: 0,
    heldAtMs: null,
    revokedAtMs: 5,
    revocationReason: null,
    invalidityAtMs: null,
  };

  it('leaves after it was on one CRL that was issued beyond the end', () => {
    const end = SECOND.getTime();
    const issuedAt = (ms: number) => ({ number: 1, thisUpdate: new Date(ms) });
    expect(isListed(end, undefined)).toBe(true);
    expect(isListed(end, issuedAt(end - 1_000))).toBe(true);
    expect(isListed(end, issuedAt(end))).toBe(true);
    expect(isListed(end, issuedAt(end + 1_000))).toBe(false);
  });

  it('is dated by the hold while it is held, and has the reason certificateHold', () => {
    expect(entryOf({ ...row, state: 'held', heldAtMs: 3, revocationReason: 'certificateHold' })).toMatchObject({
      revokedAtMs: 3,
      reason: 'certificateHold',
    });
    expect(entryOf({ ...row, heldAtMs: 3, revocationReason: 'superseded' })).toMatchObject({
      revokedAtMs: 5,
      reason: 'superseded',
    });
    expect(entryOf(row).reason).toBe('unspecified');
  });

  it.each([
    ['a revoked one without a date', { revokedAtMs: null }],
    ['a held one without a date', { state: 'held' as const }],
    ['a reason nobody knows', { revocationReason: 'cACompromise' }],
    ['a revoked one that is only on hold', { revocationReason: 'certificateHold' }],
  ])('is not made from %s', (_, set) => {
    expect(() => entryOf({ ...row, ...set })).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  it.each(Object.keys(REASON_CODES) as ReasonName[])(
    'says %s in DER, unspecified by saying nothing',
    async (reason) => {
      const { der } = await makeCrl(authority, [anEntry({ reason })], { now });
      const entry = readDer(der).children[0]?.children[5]?.children[0];
      const extensions = entry?.children[2]?.children ?? [];
      const code = REASON_CODES[reason];
      expect(extensions).toHaveLength(code === undefined ? 0 : 1);
      if (code === undefined) return;
      const [id, value, ...more] = extensions[0]?.children ?? [];
      expect(oidOf(id as DerNode)).toBe(OID.reasonCode);
      expect(more).toEqual([]);
      expect([...contentOf(value as DerNode)]).toEqual([0x0a, 1, code]);
    },
  );

  it.each([
    ['of one octet', '01', '020101'],
    ['with the high bit', 'ff', '020200ff'],
    ['of 20 octets', '7f'.repeat(20), `0214${'7f'.repeat(20)}`],
  ])('has a minimal serial %s', async (_, serial, der) => {
    const writer = makeEntryWriter();
    writer.put(anEntry({ serial }));
    expect(Buffer.from(writer.end().chunks[0] ?? []).toString('hex')).toContain(der);
  });

  it.each(['', '0', 'xy', '4f0', '4g', 'aa'.repeat(21), '4f00 1'])('is not made from the serial %j', (serial) => {
    expect(() => makeEntryWriter().put(anEntry({ serial }))).toThrow(RangeError);
  });

  it('ends where a chunk ends, and none is lost between two', () => {
    const writer = makeEntryWriter();
    const put = Array.from({ length: 30_000 }, (_, i) => anEntry({ serial: (0x40000000 + i).toString(16) }));
    for (const entry of put) writer.put(entry);
    const { chunks, octets, count, latestMs } = writer.end();
    expect(chunks.length).toBeGreaterThan(2);
    const whole = readDer(element(0x30, ...chunks));
    expect(whole.children).toHaveLength(30_000);
    expect([octets, count, latestMs]).toEqual([whole.end - whole.contentStart, 30_000, put[0]?.revokedAtMs]);
  });
});

describe('a shard', () => {
  it('follows from the last seven bits of the serial', () => {
    expect(shardOf('4f00112233445566778899aabbccdd7f')).toBe(127);
    expect(shardOf('4f00112233445566778899aabbccdd80')).toBe(0);
    expect(SHARDS).toBe(128);
  });
});

/** The TBSCertList from pieces, each of which a case may replace. */
function tbsWith(set: {
  version?: Uint8Array;
  algorithm?: Uint8Array;
  issuer?: Uint8Array;
  thisUpdate?: Uint8Array;
  nextUpdate?: Uint8Array;
  entries?: Uint8Array | null;
  extensions?: Uint8Array[];
  after?: Uint8Array[];
}): Uint8Array {
  const { issuer } = authority;
  return sequence(
    set.version ?? smallInteger(1),
    set.algorithm ?? ALGORITHM,
    set.issuer ?? issuer.subjectDer,
    set.thisUpdate ?? time(SECOND),
    set.nextUpdate ?? time(new Date(SECOND.getTime() + WINDOW_MS)),
    ...(set.entries === null ? [] : [set.entries ?? sequence(entry())]),
    explicit(0, sequence(...(set.extensions ?? [AKI, NUMBER, IDP]))),
    ...(set.after ?? []),
  );
}

const entry = (...set: Uint8Array[]) =>
  sequence(unsignedInteger(Buffer.from('4f0102', 'hex')), time(SECOND), ...(set.length ? [sequence(...set)] : []));
const extension = (id: string, value: Uint8Array, critical = false) =>
  sequence(oid(id), ...(critical ? [TRUE] : []), octetString(value));
const ALGORITHM = sequence(oid(OID.ecdsaWithSHA256));
const AKI = extension(OID.authorityKeyIdentifier, sequence(element(0x80, authority.issuer.subjectKeyIdentifier)));
const NUMBER = extension(OID.cRLNumber, unsignedInteger(Buffer.from('1000', 'hex')));
const point = (uri: string) => sequence(explicit(0, explicit(0, element(0x86, Buffer.from(uri)))));
const IDP = extension(OID.issuingDistributionPoint, point(SHARD_URI), true);
const reason = (code: number) => extension(OID.reasonCode, Uint8Array.of(0x0a, 1, code));
const REASON = reason(1);
const BAD_TIME = element(0x17, Buffer.from('2603011200Z'));

const setting: CrlSetting = { issuer: authority.issuer, uris: [SHARD_URI], previous: undefined };
const shardOnly = (tbs: Uint8Array, set: Partial<CrlSetting> = {}) => {
  const lint = lintCrl(tbs, { ...setting, ...set });
  for (;;) {
    const { done, value } = lint.next();
    if (done) return value.map(({ rule }) => rule);
  }
};

describe('the lint of CRLs', () => {
  it('finds nothing in a good one, with and without entries, complete or shard', () => {
    expect(shardOnly(tbsWith({}))).toEqual([]);
    expect(shardOnly(tbsWith({ entries: null }))).toEqual([]);
    expect(shardOnly(tbsWith({ extensions: [AKI, NUMBER] }), { uris: [] })).toEqual([]);
    const since = extension(OID.invalidityDate, generalizedTime(SECOND));
    expect(shardOnly(tbsWith({ entries: sequence(entry(REASON, since)) }))).toEqual([]);
  });

  const defects: [string, string, Uint8Array, Partial<CrlSetting>?][] = [
    ['v1', 'version_v2', tbsWith({ version: smallInteger(0) })],
    ['a missing version', 'der', tbsWith({ version: new Uint8Array() })],
    ['an algorithm of another key', 'signature_algorithm', tbsWith({ algorithm: sequence(oid(OID.ecdsaWithSHA384)) })],
    ['another issuer', 'issuer_octets', tbsWith({ issuer: sequence() })],
    ['GeneralizedTime before 2050', 'update_form', tbsWith({ thisUpdate: generalizedTime(SECOND) })],
    ['a time without seconds', 'update_form', tbsWith({ thisUpdate: BAD_TIME })],
    ['no nextUpdate', 'der', tbsWith({ nextUpdate: new Uint8Array() })],
    ['nextUpdate at thisUpdate', 'update_order', tbsWith({ nextUpdate: time(SECOND) })],
    ['thisUpdate before the last one', 'update_not_back', tbsWith({}), { previous: { number: 1, thisUpdate: now } }],
    ['an empty list', 'entries_present', tbsWith({ entries: sequence() })],
    ['an extension twice', 'extension_once', tbsWith({ extensions: [AKI, NUMBER, NUMBER, IDP] })],
    [
      'a delta indicator',
      'extension_known',
      tbsWith({ extensions: [AKI, NUMBER, IDP, extension('2.5.29.27', smallInteger(1), true)] }),
    ],
    [
      'a critical number',
      'extension_criticality',
      tbsWith({ extensions: [AKI, extension(OID.cRLNumber, smallInteger(1), true), IDP] }),
    ],
    [
      'a distribution point that may be ignored',
      'extension_criticality',
      tbsWith({ extensions: [AKI, NUMBER, extension(OID.issuingDistributionPoint, point(SHARD_URI))] }),
    ],
    [
      'a FALSE written out',
      'der',
      tbsWith({
        extensions: [sequence(oid(OID.cRLNumber), Uint8Array.of(1, 1, 0), octetString(smallInteger(1))), AKI, IDP],
      }),
    ],
    ['no key identifier', 'authority_key_identifier', tbsWith({ extensions: [NUMBER, IDP] })],
    [
      'the key identifier of another',
      'authority_key_identifier',
      tbsWith({}),
      { issuer: { ...authority.issuer, subjectKeyIdentifier: stranger.issuer.subjectKeyIdentifier } },
    ],
    ['no number', 'crl_number', tbsWith({ extensions: [AKI, IDP] })],
    [
      'a negative number',
      'crl_number',
      tbsWith({ extensions: [AKI, extension(OID.cRLNumber, Uint8Array.of(2, 1, 0x80)), IDP] }),
    ],
    [
      'a number of 21 octets',
      'crl_number',
      tbsWith({ extensions: [AKI, extension(OID.cRLNumber, element(2, Buffer.alloc(21, 1))), IDP] }),
    ],
    ['the same number again', 'crl_number', tbsWith({}), { previous: { number: 0x1000, thisUpdate: SECOND } }],
    ['a lower number', 'crl_number', tbsWith({}), { previous: { number: 0x1001, thisUpdate: SECOND } }],
    ['a shard without its point', 'issuing_distribution_point', tbsWith({ extensions: [AKI, NUMBER] })],
    ['another shard', 'issuing_distribution_point', tbsWith({}), { uris: [`${SHARD_URI}x`] }],
    ['one address of two', 'issuing_distribution_point', tbsWith({}), { uris: [SHARD_URI, `${SHARD_URI}x`] }],
    ['a complete one with a point', 'issuing_distribution_point', tbsWith({}), { uris: [] }],
    [
      'a flag beside the point',
      'issuing_distribution_point',
      tbsWith({
        extensions: [
          AKI,
          NUMBER,
          extension(
            OID.issuingDistributionPoint,
            sequence(explicit(0, explicit(0, element(0x86, Buffer.from(SHARD_URI)))), Uint8Array.of(0x81, 1, 0xff)),
            true,
          ),
        ],
      }),
    ],
    ['a field too many', 'der', tbsWith({ after: [smallInteger(1)] })],
    ['data after the end', 'der', Buffer.concat([tbsWith({}), Uint8Array.of(0)])],
    ['extensions before the entries', 'der', tbsWith({ entries: explicit(0, sequence(AKI)) })],
    ['a long length that is short', 'der', Buffer.concat([Uint8Array.of(0x30, 0x84, 0, 0), tbsWith({}).subarray(2)])],
    ['an entry twice', 'entry_once', tbsWith({ entries: sequence(entry(), entry(REASON)) })],
    ['an entry that is no SEQUENCE', 'entry_form', tbsWith({ entries: sequence(smallInteger(1)) })],
    ['a serial of zero', 'entry_serial', tbsWith({ entries: sequence(sequence(smallInteger(0), time(SECOND))) })],
    [
      'a negative serial',
      'entry_serial',
      tbsWith({ entries: sequence(sequence(Uint8Array.of(2, 1, 0x80), time(SECOND))) }),
    ],
    [
      'a serial with a zero too many',
      'entry_serial',
      tbsWith({ entries: sequence(sequence(Uint8Array.of(2, 2, 0, 1), time(SECOND))) }),
    ],
    [
      'a serial of 21 octets',
      'entry_serial',
      tbsWith({ entries: sequence(sequence(element(2, Buffer.alloc(21, 1)), time(SECOND))) }),
    ],
    [
      'a date after thisUpdate',
      'entry_date',
      tbsWith({ entries: sequence(sequence(smallInteger(1), time(new Date(SECOND.getTime() + 1_000)))) }),
    ],
    [
      'a date in the wrong type',
      'entry_date_form',
      tbsWith({ entries: sequence(sequence(smallInteger(1), generalizedTime(SECOND))) }),
    ],
    ['a date without seconds', 'entry_date_form', tbsWith({ entries: sequence(sequence(smallInteger(1), BAD_TIME)) })],
    ['no date', 'der', tbsWith({ entries: sequence(sequence(smallInteger(1))) })],
    [
      'a field too many in an entry',
      'entry_form',
      tbsWith({ entries: sequence(sequence(smallInteger(1), time(SECOND), smallInteger(1))) }),
    ],
    [
      'empty entry extensions',
      'entry_form',
      tbsWith({ entries: sequence(sequence(smallInteger(1), time(SECOND), sequence())) }),
    ],
    ...[0, 2, 7, 8, 10].map((code): [string, string, Uint8Array] => [
      `the reason ${code}`,
      'entry_reason',
      tbsWith({ entries: sequence(entry(reason(code))) }),
    ]),
    [
      'a critical reason',
      'entry_extensions',
      tbsWith({ entries: sequence(entry(extension(OID.reasonCode, Uint8Array.of(0x0a, 1, 1), true))) }),
    ],
    ['a reason twice', 'entry_extensions', tbsWith({ entries: sequence(entry(REASON, REASON)) })],
    [
      'a reason as INTEGER',
      'entry_extensions',
      tbsWith({ entries: sequence(entry(extension(OID.reasonCode, smallInteger(1)))) }),
    ],
    [
      'an invalidity date as UTCTime',
      'entry_extensions',
      tbsWith({ entries: sequence(entry(extension(OID.invalidityDate, time(SECOND)))) }),
    ],
    [
      'an invalidity date that is none',
      'entry_invalidity',
      tbsWith({
        entries: sequence(entry(extension(OID.invalidityDate, element(0x18, Buffer.from('20260231000000Z'))))),
      }),
    ],
    [
      'an unknown entry extension',
      'entry_extensions',
      tbsWith({ entries: sequence(entry(extension('2.5.29.29', sequence(), true))) }),
    ],
    ['an entry cut off', 'der', tbsWith({ entries: element(0x30, Uint8Array.of(0x30, 0x20, 0x02)) })],
  ];
  it.each(defects)('finds %s (%s)', (_, rule, tbs, set = {}) => {
    expect(shardOnly(tbs, set)).toContain(rule);
  });

  it('finds an invalidity date that is still to come', () => {
    const since = extension(OID.invalidityDate, generalizedTime(new Date(SECOND.getTime() + 1_000)));
    expect(shardOnly(tbsWith({ entries: sequence(entry(REASON, since)) }))).toEqual(['entry_invalidity']);
  });

  it('finds one serial twice among 30,000, and stops to say so after twenty', () => {
    const serials = Array.from({ length: 30_000 }, (_, i) => anEntry({ serial: (0x4000_0000 + i).toString(16) }));
    const build = (entries: readonly CrlEntry[]) => {
      const writer = makeEntryWriter();
      for (const one of entries) writer.put(one);
      const header = {
        issuer: authority.issuer,
        thisUpdate: SECOND,
        nextUpdate: new Date('2026-03-05T12:00:00Z'),
        number: 1,
        uris: [],
      };
      return Buffer.concat(buildCrlTbs(header, writer.end()));
    };
    expect(shardOnly(build(serials), { uris: [] })).toEqual([]);
    expect(shardOnly(build([...serials, ...serials.slice(20_000, 20_001)]), { uris: [] })).toEqual(['entry_once']);
    expect(shardOnly(build([...serials, ...serials]), { uris: [] })).toHaveLength(20);
  });
});

describe('what is not linted', () => {
  const none = async function* (): AsyncGenerator<readonly CrlEntry[]> {};
  const order = { issuer: authority.issuer, now, previous: undefined, uris: [] };

  it('cannot be signed', async () => {
    const forged = { ...decideUpdates(now, undefined, 0), number: 1, entries: 0 } as Parameters<
      typeof signLintedCrl
    >[0];
    await expect(signLintedCrl(forged, authority.signer, makeBreathe())).rejects.toMatchObject({ code: 'lint_failed' });
  });

  it('is signed once', async () => {
    const token = await prepareCrl(order, none(), makeBreathe());
    await signLintedCrl(token, authority.signer, makeBreathe());
    await expect(signLintedCrl(token, authority.signer, makeBreathe())).rejects.toMatchObject({ code: 'lint_failed' });
  });

  it('is not made: a serial twice, a serial that is none', async () => {
    await expect(makeCrl(authority, [anEntry(), anEntry()], { now })).rejects.toMatchObject({
      code: 'lint_failed',
      details: { rules: 'entry_once' },
    });
    await expect(makeCrl(authority, [anEntry({ serial: 'zz' })], { now })).rejects.toMatchObject({
      details: { rules: 'encodable' },
    });
  });

  it('is not signed by another key, and a wrong signature never leaves', async () => {
    const token = () => prepareCrl(order, none(), makeBreathe());
    await expect(signLintedCrl(await token(), stranger.signer, makeBreathe())).rejects.toMatchObject({
      details: { reason: 'signer_is_not_the_issuer' },
    });
    const faulty = { ...authority.signer, startSigning: () => stranger.signer.startSigning() };
    await expect(signLintedCrl(await token(), faulty, makeBreathe())).rejects.toMatchObject({
      details: { reason: 'signature_does_not_verify' },
    });
  });
});

describe('a long CRL', () => {
  it('lets others have their turn after every few hundred entries, in each step', async () => {
    const slice = (from: number) =>
      Array.from({ length: 500 }, (_, i) => anEntry({ serial: (0x40000000 + from + i).toString(16) }));
    const slices = async function* () {
      for (let from = 0; from < 20_000; from += 500) yield slice(from);
    };
    let turns = 0;
    const breathe = async () => {
      turns += 1;
    };
    const token = await prepareCrl({ issuer: authority.issuer, now, previous: undefined, uris: [] }, slices(), breathe);
    expect(turns).toBeGreaterThanOrEqual(20_000 / 500 + Math.floor(20_000 / 512));
    turns = 0;
    const { octets } = await signLintedCrl(token, authority.signer, breathe);
    expect(turns).toBeGreaterThanOrEqual(2 * Math.floor(octets / (256 * 1024)));
  });

  it('yields to what waits once its time is used up, and not before', async () => {
    const seen: string[] = [];
    const breathe = makeBreathe(1);
    setImmediate(() => seen.push('waited'));
    await breathe();
    seen.push('at once');
    for (const begun = performance.now(); performance.now() - begun < 2; );
    await breathe();
    expect(seen).toEqual(['at once', 'waited']);
  });
});

describe('the pieces of a CRL', () => {
  it('are of one size but the last, and together the CRL', async () => {
    const entries = Array.from({ length: 20_000 }, (_, i) => anEntry({ serial: (0x40000000 + i).toString(16) }));
    const { parts, octets, sha256 } = await makeCrl(authority, entries, { now });
    const pieces = [...piecesOf(parts)];
    expect(new Set(pieces.slice(0, -1).map(({ length }) => length))).toEqual(new Set([256 * 1024]));
    const whole = Buffer.concat(pieces);
    expect(whole).toHaveLength(octets);
    expect(createHash('sha256').update(whole).digest('hex')).toBe(sha256);
  });

  it.each([1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1])('of %i octets', (length) => {
    const pieces = [...piecesOf([Buffer.alloc(length, 7)])];
    expect(Buffer.concat(pieces).equals(Buffer.alloc(length, 7))).toBe(true);
    expect(pieces.every((piece) => piece.length > 0)).toBe(true);
  });
});
