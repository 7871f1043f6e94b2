import { describe, expect, it } from 'vitest';
import {
  checkCommonName,
  decideAuthorityValidity,
  decideValidity,
  KEY_TYPES,
  organizationOf,
} from '../../../core/ca/profile.ts';
import { CountersignError } from '../../../core/errors.ts';

describe('a common name', () => {
  const accepted: [string, string, string][] = [
    ['plain', 'alice', 'alice'],
    ['of 64 characters', 'a'.repeat(64), 'a'.repeat(64)],
    ['of 64 characters of two octets', 'ü'.repeat(64), 'ü'.repeat(64)],
    ['of 64 emoji, of four octets each', '🔑'.repeat(64), '🔑'.repeat(64)],
    ['with spaces at the ends', '  alice ', 'alice'],
    ['with special spaces and runs of them', 'alice\u00a0\u2003 laptop', 'alice laptop'],
    ['with a decomposed letter', 'zu\u0308rich', 'zürich'],
    ['with an emoji variation selector', 'gear \u2699\ufe0f', 'gear \u2699'],
    ['with everything that RFC 4514 escapes', '+,="\\#<>;', '+,="\\#<>;'],
    ['in Arabic', 'مرحبا', 'مرحبا'],
    ['of one character', 'a', 'a'],
  ];
  it.each(accepted)('%s is taken', (_, text, expected) => expect(checkCommonName(text)).toBe(expected));

  const refused: [string, string, RegExp][] = [
    ['empty', '', /Give a name/],
    ['of spaces', ' \u00a0 ', /Give a name/],
    ['of 65 characters', 'a'.repeat(65), /65 characters/],
    ['of 65 emoji', '🔑'.repeat(65), /65 characters/],
    ['far too long', 'a'.repeat(100_000), /far too long/],
    ['with a NUL', 'alice\0bob', /NUL/],
    ['with a line break', 'alice\nbob', /one line/],
    ['with a tab', 'alice\tbob', /one line/],
    ['with a line separator', 'alice\u2028bob', /one line/],
    ['with a C1 control', 'alice\u0085bob', /one line/],
    ['with a right-to-left override', 'alice\u202egnp', /direction/],
    ['with a direction isolate', 'alice\u2066', /direction/],
    ['with a zero-width space', 'ali\u200bce', /invisible/],
    ['with a zero-width joiner', '👩\u200d💻', /invisible/],
    ['with a soft hyphen', 'ali\u00adce', /invisible/],
    ['with a Hangul filler', 'ali\u3164ce', /invisible/],
    ['with a tag character', 'ali\u{e0061}ce', /invisible/],
    ['with half a surrogate pair', 'ali\ud800ce', /broken/],
    ['with a noncharacter', 'ali\uffffce', /broken/],
    ['with a private-use character', 'ali\ue000ce', /private-use/],
  ];
  it.each(refused)('%s is refused with the fix', (_, text, message) => {
    expect(() => checkCommonName(text)).toThrow(message);
    expect(() => checkCommonName(text)).toThrow(CountersignError);
  });

  it('does not change when checked again', () => {
    for (const [, text] of accepted) expect(checkCommonName(checkCommonName(text))).toBe(checkCommonName(text));
  });
});

describe('validity', () => {
  const at = (text: string) => new Date(`${text}Z`);
  const decide = (
    now: string,
    days: number,
    authority: [string, string] = ['2020-01-01T00:00:00', '2080-01-01T00:00:00'],
  ) => {
    const { notBefore, notAfter, truncated } = decideValidity({
      now: at(now),
      days,
      authorityNotBefore: at(authority[0]),
      authorityNotAfter: at(authority[1]),
    });
    return [notBefore.toISOString().slice(0, 19), notAfter.toISOString().slice(0, 19), truncated];
  };

  const cases: [string, ReturnType<typeof decide>, [string, string, boolean]][] = [
    ['of one day', decide('2026-03-01T12:00:00', 1), ['2026-03-01T11:59:00', '2026-03-02T11:59:59', false]],
    [
      'of one year is 365 days',
      decide('2026-03-01T12:00:00', 365),
      ['2026-03-01T11:59:00', '2027-03-01T11:59:59', false],
    ],
    [
      'of one year over a leap day',
      decide('2027-03-01T12:00:00', 365),
      ['2027-03-01T11:59:00', '2028-02-29T11:59:59', false],
    ],
    ['from a leap day', decide('2028-02-29T00:00:00', 365), ['2028-02-28T23:59:00', '2029-02-27T23:59:59', false]],
    ['from the end of a year', decide('2026-12-31T23:59:59', 1), ['2026-12-31T23:58:59', '2027-01-01T23:59:58', false]],
    ['over the end of 2049', decide('2049-06-01T00:00:00', 365), ['2049-05-31T23:59:00', '2050-05-31T23:59:59', false]],
    ['of 3,650 days', decide('2026-01-01T00:00:00', 3650), ['2025-12-31T23:59:00', '2035-12-29T23:59:59', false]],
    [
      'from within a second',
      decide('2026-01-01T00:00:00.999', 1),
      ['2025-12-31T23:59:00', '2026-01-01T23:59:59', false],
    ],
    [
      'below an authority that ends first',
      decide('2026-01-01T00:00:00', 365, ['2025-01-01T00:00:00', '2026-06-01T00:00:00']),
      ['2025-12-31T23:59:00', '2026-06-01T00:00:00', true],
    ],
    [
      'that ends with its authority',
      decide('2026-01-01T00:00:00', 1, ['2025-01-01T00:00:00', '2026-01-01T23:59:59']),
      ['2025-12-31T23:59:00', '2026-01-01T23:59:59', false],
    ],
    [
      'below an authority that has just begun',
      decide('2026-01-01T00:00:30', 1, ['2026-01-01T00:00:00', '2036-01-01T00:00:00']),
      ['2026-01-01T00:00:00', '2026-01-02T00:00:29', false],
    ],
    [
      'when the clock stepped back behind the authority',
      decide('2025-12-31T00:00:00', 1, ['2026-01-01T00:00:00', '2036-01-01T00:00:00']),
      ['2026-01-01T00:00:00', '2026-01-01T23:59:59', false],
    ],
    [
      'in the last second of the authority',
      decide('2026-01-01T00:00:00', 1, ['2025-01-01T00:00:00', '2026-01-01T00:00:00']),
      ['2025-12-31T23:59:00', '2026-01-01T00:00:00', true],
    ],
  ];
  it.each(cases)('%s', (_, decided, expected) => expect(decided).toEqual(expected));

  it.each([0, -1, 3651, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('of %d days is refused', (days) => {
    expect(() => decide('2026-01-01T00:00:00', days)).toThrow(/1 to 3,650 whole days/);
  });

  it('below an authority that has ended is refused', () => {
    expect(() => decide('2026-01-01T00:00:01', 1, ['2025-01-01T00:00:00', '2026-01-01T00:00:00'])).toThrow(/rotate/);
  });

  it('of an authority is 25 years of 365 days', () => {
    const { notBefore, notAfter } = decideAuthorityValidity(at('2026-01-01T00:00:00'));
    expect(notBefore).toEqual(at('2025-12-31T23:59:00'));
    expect(notAfter).toEqual(at('2050-12-25T23:59:59'));
  });
});

it('a site that is longer than an organisation may be is left out', () => {
  expect(organizationOf('example.com')).toBe('example.com');
  expect(organizationOf(`${'a'.repeat(60)}.com`)).toHaveLength(64);
  expect(organizationOf(`${'a'.repeat(61)}.com`)).toBeUndefined();
});

it('P-256 is the first key type offered', () => expect(Object.keys(KEY_TYPES)[0]).toBe('ec-p256'));
