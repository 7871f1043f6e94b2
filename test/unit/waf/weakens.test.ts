import { describe, expect, it } from 'vitest';
import { readRule } from '../../../core/waf/rule.ts';
import { weakens } from '../../../core/waf/weakens.ts';

const API = 'http.host in {"api.example.com"} and not tls_client_auth.cert_verified';
const base = { Name: 'mtls', Expression: API, Action: 'deny', Status: 'on' };
const rule = (changes: Record<string, unknown> = {}) => readRule({ ...base, ...changes });

describe('a change of a rule that is on and denies takes protection away', () => {
  it.each<[string, Record<string, unknown>]>([
    ['switched off', { Status: 'off' }],
    ['only watching', { Action: 'monitor' }],
    ['for other hostnames', { Expression: API.replace('api.', 'www.') }],
    ['with one more condition', { Expression: `${API} and ssl` }],
    ['the other way round', { Expression: API.replace('not ', '') }],
    ['for fewer hostnames', { Expression: 'http.host in {"www.example.com"} and not tls_client_auth.cert_verified' }],
    ['within hours', { Timer: { Scopes: 'weekly', WeeklyPeriods: [{ Days: '1', DailyPeriods: [] }] } }],
    ['with something we do not know', { SkipIt: true }],
  ])('when it is %s', (_, changes) => {
    expect(weakens(rule(), rule(changes))).toBe(true);
  });

  it('when it is deleted', () => {
    expect(weakens(rule(), null)).toBe(true);
  });
});

describe('nothing is taken away', () => {
  it.each<[string, Record<string, unknown>]>([
    ['nothing changes', {}],
    ['the name and the notes change', { Name: 'other', Notes: 'because' }],
    ['it is written in another way', { Expression: `((${API}))` }],
    ['a hostname is added', { Expression: API.replace('{', '{"www.example.com" ') }],
    ['an alternative is added', { Expression: `(${API}) or ip.src eq 192.0.2.1` }],
    ['a condition is dropped', { Expression: 'http.host eq "api.example.com"' }],
  ])('when %s', (_, changes) => {
    expect(weakens(rule(), rule(changes))).toBe(false);
  });

  it('when it did not protect before: off, or only watching', () => {
    expect(weakens(rule({ Status: 'off' }), rule())).toBe(false);
    expect(weakens(rule({ Action: 'monitor' }), rule())).toBe(false);
    expect(weakens(rule({ Status: 'off' }), null)).toBe(false);
  });

  it('but an exception that grows does: not in {a} becomes not in {a b}', () => {
    const before = rule({ Expression: 'not http.host in {"a.example.com"}' });
    const after = rule({ Expression: 'not http.host in {"a.example.com" "b.example.com"}' });
    expect(weakens(before, after)).toBe(true);
    expect(weakens(after, before)).toBe(false);
  });
});
