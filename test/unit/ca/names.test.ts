import { describe, expect, it } from 'vitest';
import { OID } from '../../../core/ca/der/oids.ts';
import { readDer } from '../../../core/ca/der/reader.ts';
import { oid, sequence, setOf, utf8String } from '../../../core/ca/der/writer.ts';
import {
  buildGeneralName,
  findSanDefect,
  readGeneralNames,
  type SubjectAltName,
} from '../../../core/ca/general-name.ts';
import { buildName, formatName, readName } from '../../../core/ca/name.ts';

describe('a distinguished name as text', () => {
  const text = (commonName: string, organization?: string) =>
    formatName(readName(readDer(buildName({ commonName, organization }))));
  const cases: [string, string, string][] = [
    ['is most specific first', text('alice', 'example.com'), 'CN=alice,O=example.com'],
    ['may have a common name alone', text('alice'), 'CN=alice'],
    ['escapes the special characters', text('a,b+c"d\\e<f>g;h=i'), 'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\=i'],
    ['escapes # and spaces at the ends', text('#a '), 'CN=\\#a\\ '],
    ['leaves an inner # alone', text('a#b'), 'CN=a#b'],
    ['escapes control characters', text('a\nb'), 'CN=a\\0Ab'],
  ];
  it.each(cases)('%s', (_, written, expected) => expect(written).toBe(expected));

  it('joins several values of one relative name and shows unknown types by number', () => {
    const pair = setOf(sequence(oid(OID.commonName), utf8String('a')), sequence(oid('1.2.3'), utf8String('b')));
    expect(formatName(readName(readDer(sequence(pair))))).toMatch(/^(1\.2\.3=b\+CN=a|CN=a\+1\.2\.3=b)$/);
  });
});

describe('an alternative name', () => {
  const roundTrips: SubjectAltName[] = [
    { type: 'dns', value: 'a.example.com' },
    { type: 'email', value: 'bob@example.com' },
    { type: 'uri', value: 'spiffe://example.com/a' },
    { type: 'ip', value: '192.0.2.1' },
    { type: 'ip', value: '::' },
    { type: 'ip', value: '::1' },
    { type: 'ip', value: '2001:db8::1' },
    { type: 'ip', value: '2001:db8::' },
    { type: 'ip', value: '2001:db8:0:1:1:1:1:1' },
    { type: 'ip', value: '2001:0:0:1::1' },
    { type: 'ip', value: '1:2:3:4:5:6:7:8' },
  ];
  it.each(roundTrips)('$type $value survives, in its one spelling', (name) => {
    expect(readGeneralNames(readDer(sequence(buildGeneralName(name))))).toEqual([name]);
    expect(findSanDefect(name)).toBeUndefined();
  });

  it.each(['1.2.3', '1.2.3.256', '01.2.3.4', ':::', '1::2::3', '12345::', '1:2:3:4:5:6:7', 'x::'])(
    'is not the address %s',
    (value) => {
      expect(findSanDefect({ type: 'ip', value })).toMatch(/not an IP/);
    },
  );

  const hosts: [string, string, boolean][] = [
    ['plain', 'a.example.com', true],
    ['of one label', 'localhost', true],
    ['of A-labels', 'xn--bcher-kva.example.com', true],
    ['with digits and hyphens', '3-com.example.com', true],
    ['with a label of 63', `${'a'.repeat(63)}.com`, true],
    ['with a label of 64', `${'a'.repeat(64)}.com`, false],
    ['of 254 characters', `${'a.'.repeat(126)}aa`, false],
    ['with an underscore', 'a_b.com', false],
    ['with a leading hyphen', '-a.com', false],
    ['with a trailing hyphen', 'a-.com', false],
    ['with a trailing dot', 'a.com.', false],
    ['with an empty label', 'a..com', false],
    ['empty', '', false],
    ['with a wildcard', '*.a.com', false],
    ['with U-labels', 'bücher.com', false],
    ['with -- that is not xn--', 'ab--c.com', false],
    ['that is an address', '192.0.2.1', false],
    ['with a port', 'a.com:1', false],
    ['with a space', 'a .com', false],
  ];
  it.each(hosts)('of a host %s', (_, value, good) =>
    expect(findSanDefect({ type: 'dns', value }) === undefined).toBe(good),
  );

  const mails: [string, boolean][] = [
    ['bob@example.com', true],
    ['bob.b+tag@example.com', true],
    ['bob@@example.com', false],
    ['.bob@example.com', false],
    ['@example.com', false],
    ['bob', false],
    ['bob smith@example.com', false],
    [`${'a'.repeat(65)}@example.com`, false],
    [`${'a'.repeat(64)}@${'b'.repeat(62)}.${'c'.repeat(62)}.${'d'.repeat(63)}.com`, false],
  ];
  it.each(mails)('mail %s: %s', (value, good) =>
    expect(findSanDefect({ type: 'email', value }) === undefined).toBe(good),
  );
});
