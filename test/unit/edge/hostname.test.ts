import { describe, expect, it } from 'vitest';
import { findByHostname, hostnameOfAuthority, normaliseHostname } from '../../../edge/decide/hostname.ts';

describe('a hostname', () => {
  it.each([
    ['a.example.test', 'a.example.test'],
    ['A.Example.TEST', 'a.example.test'],
    ['a.example.test.', 'a.example.test'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['under_score.example', 'under_score.example'],
    ['localhost', 'localhost'],
  ])('%s is %s', (text, expected) => expect(normaliseHostname(text)).toBe(expected));

  it.each([
    '',
    '.',
    'a..b',
    'a.example.test..',
    '127.0.0.1',
    '[::1]',
    'bücher.example',
    'a b',
    'a/b',
    'a@b',
    '-a.example',
    'a-.example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}example`,
    'a.example\0',
    '*.example.test',
  ])('%j is none', (text) => expect(normaliseHostname(text)).toBeUndefined());

  it.each([
    ['a.example.test:8443', 'a.example.test'],
    ['A.example.test.:443', 'a.example.test'],
    ['a.example.test:', 'a.example.test'],
    ['a.example.test:x', undefined],
    ['a.example.test:80:80', undefined],
    ['a.example.test:123456', undefined],
    ['user@a.example.test', undefined],
    ['127.0.0.1:80', undefined],
  ])('of the authority %s is %s', (text, expected) => expect(hostnameOfAuthority(text)).toBe(expected));

  it('is found by an exact name before a wildcard, which covers one label', () => {
    const entries = new Map([
      ['*.example.test', 'wild'],
      ['a.example.test', 'exact'],
    ]);
    expect(findByHostname(entries, 'a.example.test')).toBe('exact');
    expect(findByHostname(entries, 'b.example.test')).toBe('wild');
    expect(findByHostname(entries, 'x.b.example.test')).toBeUndefined();
    expect(findByHostname(entries, 'example.test')).toBeUndefined();
  });
});
