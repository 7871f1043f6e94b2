import { describe, expect, it } from 'vitest';
import { CountersignError } from '../../../core/errors.ts';
import { parseSiteName } from '../../../core/sites/name.ts';

describe('parseSiteName', () => {
  it.each([
    ['example.com', 'example.com'],
    ['EXAMPLE.Com', 'example.com'],
    ['example.com.', 'example.com'],
    ['  example.com ', 'example.com'],
    ['api.eu.example.co.uk', 'api.eu.example.co.uk'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['例え.jp', 'xn--r8jz45g.jp'],
    ['<http://example.com|example.com>', 'example.com'],
    ['<https://example.com/>', 'example.com'],
    ['ｅｘａｍｐｌｅ.com', 'example.com'],
  ])('takes %s as %s', (typed, name) => {
    expect(parseSiteName(typed)).toBe(name);
  });

  it.each([
    ['nothing', ''],
    ['a single label', 'localhost'],
    ['a public suffix', 'co.uk'],
    ['a private public suffix', 'github.io'],
    ['a top-level domain', 'com'],
    ['a wildcard', '*.example.com'],
    ['a URL', 'https://example.com'],
    ['a port', 'example.com:8443'],
    ['a path', 'example.com/x'],
    ['an e-mail address', 'alice@example.com'],
    ['an IPv4 address', '192.0.2.7'],
    ['a short IPv4 address', '127.1'],
    ['a hexadecimal address', '0x7f.1'],
    ['an IPv6 address', '[2001:db8::1]'],
    ['an underscore', 'my_host.example.com'],
    ['an empty label', 'example..com'],
    ['a leading dot', '.example.com'],
    ['a hyphen at the edge', '-a.example.com'],
    ['a label of 64 characters', `${'a'.repeat(64)}.example.com`],
    ['more than 253 characters', `${'a.'.repeat(125)}example.com`],
    ['a percent sign', 'exa%6dple.com'],
    ['a space inside', 'exam ple.com'],
    ['a NUL', 'example\0.com'],
    ['a megabyte', 'a'.repeat(1_000_000)],
  ])('refuses %s with a sentence', (_what, typed) => {
    const refusal = catchError(() => parseSiteName(typed));
    expect(refusal.code).toBe('domain_refused');
    expect(refusal.userMessage).toMatch(/\.$|`\.$/);
    expect(refusal.userMessage.length).toBeLessThan(300);
  });
});

function catchError(act: () => unknown): CountersignError {
  try {
    act();
  } catch (error) {
    if (error instanceof CountersignError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
