import { describe, expect, it } from 'vitest';
import { type CertificateFilter, filterSchema } from '../../../core/inventory/filter.ts';
import { stateOf, stateText } from '../../../core/inventory/state.ts';
import { describeFilter, parseFilter } from '../../../core/inventory/words.ts';
import { aCertificate } from '../../support/rows.ts';

const context = {
  userId: 'U0ALICE',
  sites: [
    { id: 's1', name: 'example.com' },
    { id: 's2', name: 'api.example.org' },
  ],
  findPerson: (handle: string) => (handle === 'bob' ? 'U0BOB' : undefined),
};
const own = { owner: 'U0ALICE' };
const SERIAL = '4f00112233445566778899aabbccddee';
const FINGERPRINT = 'ab'.repeat(32);
const pairs = (hex: string) => hex.match(/../g) as string[];

describe('the words of a list', () => {
  it.each<[string, CertificateFilter]>([
    ['', own],
    ['   ', own],
    ['all', {}],
    ['everybody', {}],
    ['mine held', { ...own, state: 'held' }],
    ['@bob', { owner: 'U0BOB' }],
    ['of <@U0BOB|bob>', { owner: 'U0BOB' }],
    ['<@U0BOB>', { owner: 'U0BOB' }],
    ['key:Deploy', { owner: 'key:deploy' }],
    ['of key:ci-1 revoked', { owner: 'key:ci-1', state: 'revoked' }],
    ['all key:', { name: 'key:' }],
    ['Active', { ...own, state: 'active' }],
    ['suspended all', { state: 'held' }],
    ['REVOKED', { ...own, state: 'revoked' }],
    ['expired', { ...own, state: 'expired' }],
    ['expiring', { ...own, state: 'expiring' }],
    ['expiring 14', { ...own, state: 'expiring', withinDays: 14 }],
    ['all expiring in 14 days', { state: 'expiring', withinDays: 14 }],
    ['expiring 7d', { ...own, state: 'expiring', withinDays: 7 }],
    ['example.com', { ...own, siteId: 's1' }],
    ['<http://api.example.org|api.example.org> all', { siteId: 's2' }],
    ['site Example.COM.', { ...own, siteId: 's1' }],
    [SERIAL, { serial: SERIAL }],
    [`0x${SERIAL.toUpperCase()}`, { serial: SERIAL }],
    [pairs(SERIAL).join(':').toUpperCase(), { serial: SERIAL }],
    [pairs(SERIAL).join(' '), { serial: SERIAL }],
    [`serial=${SERIAL.toUpperCase()}`, { serial: SERIAL }],
    [`Serial Number: ${pairs(SERIAL).join(':')}`, { serial: SERIAL }],
    [BigInt(`0x${SERIAL}`).toString(), { serial: SERIAL }],
    ['serial 4f', { serial: '4f' }],
    [FINGERPRINT, { fingerprint: FINGERPRINT }],
    [`sha256 Fingerprint=${pairs(FINGERPRINT).join(':').toUpperCase()}`, { fingerprint: FINGERPRINT }],
    [`all ${pairs(FINGERPRINT).join(':')}`, { fingerprint: FINGERPRINT }],
    ['before 2026-01-01', { ...own, issuedBefore: '2026-01-01T00:00:00.000Z' }],
    ['issued before 2024-02-29', { ...own, issuedBefore: '2024-02-29T00:00:00.000Z' }],
    ['laptop', { ...own, name: 'laptop' }],
    ['alice laptop', { ...own, name: 'alice laptop' }],
    ['“active server” all', { name: 'active server' }],
    ['deadbeef', { ...own, name: 'deadbeef' }],
    ['ada cafe', { ...own, name: 'ada cafe' }],
    ['fingerprint-reader', { ...own, name: 'fingerprint-reader' }],
    ['alice@example.com', { ...own, name: 'alice@example.com' }],
    [
      'revoked example.com @bob before 2026-01-01 phone',
      { owner: 'U0BOB', state: 'revoked', siteId: 's1', issuedBefore: '2026-01-01T00:00:00.000Z', name: 'phone' },
    ],
  ])('%s', (words, filter) => {
    const parsed = parseFilter(words, context);
    expect(parsed).toEqual({ filter, notUnderstood: [] });
    expect(filterSchema.parse(parsed.filter)).toEqual(parsed.filter);
  });

  it.each<[string, CertificateFilter, RegExp]>([
    ['@carol', own, /`@carol` is nobody I can find/],
    ['@bob <@U0EVE>', { owner: 'U0BOB' }, /only one person/],
    ['active held', { ...own, state: 'active' }, /`held`: only one state at a time; `active` is used/],
    ['example.com api.example.org', { ...own, siteId: 's1' }, /only one site/],
    ['site nowhere.example', own, /not a site here/],
    ['expiring 0', { ...own, state: 'expiring' }, /give 1 to 3650 days/],
    ['expiring 99999', { ...own, state: 'expiring' }, /give 1 to 3650 days/],
    ['before 2026-02-30', own, /not a day of the calendar/],
    ['before yesterday', { ...own, name: 'yesterday' }, /needs a date/],
    ['serial=xyz', own, /no serial/],
    ['x'.repeat(70), { ...own, name: 'x'.repeat(64) }, /only 64 characters/],
    [`${'y '.repeat(400)}`, { ...own, name: expect.any(String) }, /only/],
    ['@`*<!channel>', own, /`@ˋ\*&lt;!channel&gt;` is nobody/],
  ])('%s: says what was left out', (words, filter, said) => {
    const parsed = parseFilter(words, context);
    expect(parsed.filter).toEqual(filter);
    expect(parsed.notUnderstood.join('\n')).toMatch(said);
    expect(filterSchema.safeParse(parsed.filter).success).toBe(true);
  });

  it('takes no longer for long nonsense', () => {
    const before = process.cpuUsage();
    for (const piece of ['ab ', ': ', '"', 'serial ', 'a'.repeat(500), 'before '])
      parseFilter(piece.repeat(40_000), context);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(500);
  });
});

describe('a filter in words', () => {
  const names = { viewerId: 'U0ALICE', siteName: (id: string) => (id === 's1' ? 'example.com' : undefined) };
  it.each<[CertificateFilter, string]>([
    [{}, 'all certificates'],
    [own, 'your certificates'],
    [{ state: 'active' }, 'all active certificates'],
    [{ owner: 'U0BOB', state: 'held' }, 'suspended certificates of <@U0BOB>'],
    [{ ...own, state: 'expiring' }, 'your certificates that end within 30 days'],
    [
      { ...own, siteId: 's1', state: 'expiring', withinDays: 1 },
      'your certificates for example.com that end within 1 day',
    ],
    [{ siteId: 'gone' }, 'all certificates for a site that is gone'],
    [{ name: '`<!here>' }, 'all certificates whose name contains `ˋ&lt;!here&gt;`'],
    [{ issuedBefore: '2026-01-01T00:00:00.000Z' }, 'all certificates issued before 2026-01-01 (UTC)'],
    [{ serial: '4f' }, 'all certificates with the serial `4f`'],
    [{ ids: ['a', 'b'] }, 'all certificates in a selection of 2'],
  ])('%j', (filter, words) => expect(describeFilter(filter, names)).toBe(words));
});

describe('the state of a certificate', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  const inDays = (count: number) => new Date(now.getTime() + count * 86_400_000);
  it.each([
    ['active', { notAfter: inDays(31) }, 'active', /^Active until/],
    ['ends in 30 days', { notAfter: inDays(30) }, 'ends_soon', /^\*Ends soon\*/],
    ['in its last moment', { notAfter: now }, 'ends_soon', /Ends soon/],
    ['ended', { notAfter: new Date(now.getTime() - 1) }, 'expired', /^Expired/],
    ['suspended', { state: 'held', heldAt: now }, 'held', /^\*Suspended\* since <!date/],
    ['suspended and ended', { state: 'held', notAfter: inDays(-1) }, 'held', /Suspended\*, ended/],
    [
      'revoked and ended',
      { state: 'revoked', revokedAt: now, revocationReason: 'keyCompromise', notAfter: inDays(-1) },
      'revoked',
      /^\*Revoked\* <!date.*Key leaked/,
    ],
  ] as const)('%s', (_, set, state, words) => {
    const certificate = aCertificate(set);
    expect(stateOf(certificate, now)).toBe(state);
    expect(stateText(certificate, now)).toMatch(words);
  });
});
