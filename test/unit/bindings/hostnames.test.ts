import { describe, expect, it } from 'vitest';
import { readHostnames, splitHostnames } from '../../../core/bindings/hostnames.ts';
import { refusedText } from '../../../core/slack/bindings.ts';

const read = (...typed: string[]) => readHostnames(typed, 'example.com');

describe('readHostnames', () => {
  it.each([
    ['the site itself', 'example.com', 'example.com'],
    ['a name below it', 'a.b.example.com', 'a.b.example.com'],
    ['upper case', 'API.Example.COM', 'api.example.com'],
    ['a trailing dot', 'api.example.com.', 'api.example.com'],
    ['spaces around it', '  api.example.com\t', 'api.example.com'],
    ['a wildcard over the site', '*.example.com', '*.example.com'],
    ['a wildcard below the site', '*.EU.example.com.', '*.eu.example.com'],
    ['IDN in U-labels', 'bücher.example.com', 'xn--bcher-kva.example.com'],
    ['IDN in A-labels', 'XN--bcher-kva.example.com', 'xn--bcher-kva.example.com'],
    ['a wildcard before IDN', '*.bücher.example.com', '*.xn--bcher-kva.example.com'],
    ['full-width letters', 'ａｐｉ.example.com', 'api.example.com'],
    ['an ideographic full stop', 'api。example.com', 'api.example.com'],
    ['a label of digits', '10.example.com', '10.example.com'],
    ['a label of 63 characters', `${'a'.repeat(63)}.example.com`, `${'a'.repeat(63)}.example.com`],
  ])('takes %s', (_what, typed, hostname) => {
    expect(read(typed)).toEqual({ hostnames: [hostname], refused: [] });
  });

  it.each([
    ['a name that only begins like the site', 'example.com.evil.org', /neither example.com nor below it/],
    ['a name that only ends like the site', 'evilexample.com', /neither example.com nor below it/],
    ['the site behind a hyphen', 'evil-example.com', /neither example.com nor below it/],
    ['a name above the site', 'com', /neither example.com nor below it/],
    ['a wildcard over what is above the site', '*.com', /neither example.com nor below it/],
    ['a look-alike in another script', 'еxample.com', /neither example.com nor below it/],
    ['an underscore', 'my_host.example.com', /underscores/],
    ['an empty label', 'a..example.com', /empty part/],
    ['a leading dot', '.example.com', /empty part/],
    ['two trailing dots', 'example.com..', /empty part/],
    ['a leading hyphen', '-a.example.com', /letters, digits and inner hyphens/],
    ['a trailing hyphen', 'a-.example.com', /letters, digits and inner hyphens/],
    ['a port', 'api.example.com:8443', /without https/],
    ['a scheme', 'https://api.example.com', /without https/],
    ['a path', 'api.example.com/x', /without https/],
    ['an e-mail address', 'alice@example.com', /without https/],
    ['a space inside', 'api example.com', /without https/],
    ['an IPv4 address', '192.0.2.7', /IP address/],
    ['a short IPv4 address', '127.1', /IP address/],
    ['an IPv4 address as one number', '3221225985', /IP address/],
    ['an IPv4 address in hexadecimal', '0x7f000001', /IP address/],
    ['an IPv4 address in octal', '0300.0250.1.1', /IP address/],
    ['an IPv6 address', '2001:db8::1', /IP address/],
    ['an IPv6 address in brackets', '[2001:DB8:0:0:0:0:0:1]', /IP address/],
    ['an IPv6 address with a port', '[2001:db8::1]:443', /IP address/],
    ['an IPv6 address with an IPv4 tail', '::ffff:192.0.2.7', /IP address/],
    ['an IPv6 address with a zone', 'fe80::1%eth0', /IP address/],
    ['the loopback', '::1', /IP address/],
    ['a wildcard alone', '*', /single/],
    ['a wildcard in the middle', 'a.*.example.com', /single/],
    ['two wildcards', '*.*.example.com', /single/],
    ['a wildcard within a label', 'a*.example.com', /single/],
    ['a wildcard glued to the site', '*example.com', /single/],
    ['a wildcard and nothing', '*.', /characters|empty/],
    ['nothing', '', /empty name/],
    ['a dot', '.', /characters|empty/],
    ['a label of 64 characters', `${'a'.repeat(64)}.example.com`, /63/],
    ['more than 253 characters', `${'a.'.repeat(125)}example.com`, /253/],
    [
      '253 characters that a wildcard makes longer',
      `*.${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(58)}.example.com`,
      /253/,
    ],
    ['a right-to-left override', 'api\u202e.example.com', /characters/],
    ['a NUL', 'api\0.example.com', /characters/],
    ['a percent sign', 'a%70i.example.com', /characters/],
    ['broken A-labels', 'xn--\u00fc.example.com', /characters/],
    ['a megabyte', 'a'.repeat(1_000_000), /253/],
  ])('refuses %s with its reason', (_what, typed, because) => {
    const { hostnames, refused } = read(typed);
    expect(hostnames).toEqual([]);
    expect(refused).toEqual([{ typed, because: expect.stringMatching(because) }]);
  });

  it('merges what is the same after reading, in the order of the first spelling', () => {
    const { hostnames } = read('b.example.com', 'A.example.com', 'B.EXAMPLE.COM.', 'a.example.com', '*.example.com');
    expect(hostnames).toEqual(['b.example.com', 'a.example.com', '*.example.com']);
  });

  it('names every bad one of many, those with one reason together, in a text that Slack can hold', () => {
    const bad = Array.from({ length: 48 }, (_, n) => `host-${n}.example.org`);
    const { hostnames, refused } = read('ok.example.com', ...bad, 'a_b.example.com');
    expect(hostnames).toEqual(['ok.example.com']);
    expect(refused).toHaveLength(49);
    const text = refusedText(refused);
    for (const { typed } of refused) expect(text).toContain(typed);
    expect(text.match(/neither/g)).toHaveLength(1);
    expect(text.length).toBeLessThan(3_000);
    expect(refusedText(read('`x`<!channel>.example.com').refused)).not.toMatch(/<!channel>|`x`/);
  });

  it('takes a site in A-labels and names in U-labels as the same', () => {
    expect(readHostnames(['api.bücher.example'], 'xn--bcher-kva.example').hostnames).toEqual([
      'api.xn--bcher-kva.example',
    ]);
  });
});

describe('splitHostnames', () => {
  it.each([
    ['a.example.com\nb.example.com', ['a.example.com', 'b.example.com']],
    ['a.example.com, b.example.com,c.example.com', ['a.example.com', 'b.example.com', 'c.example.com']],
    ['a.example.com;b.example.com\r\n\r\n , ', ['a.example.com', 'b.example.com']],
    ['<http://a.example.com|a.example.com> <https://b.example.com/>', ['a.example.com', 'b.example.com']],
    ['', []],
    [' \n ', []],
  ])('splits %j', (text, names) => {
    expect(splitHostnames(text)).toEqual(names);
  });
});
