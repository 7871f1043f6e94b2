import { describe, expect, it } from 'vitest';
import type { PolicyRule } from '../../../core/snapshot/policy.ts';
import type { Timer } from '../../../core/waf/timer.ts';
import { decisionFor } from '../../../edge/proxy/outcome.ts';

const rule = (expression: string, set: Partial<PolicyRule> = {}): PolicyRule => ({
  number: 1,
  site: 'example.com',
  name: 'mtls',
  expression,
  action: 'deny',
  status: 403,
  ...set,
});
const decide = (hostname: string, rules: PolicyRule[], others: string[] = []) =>
  decisionFor(hostname, rules, new Set([hostname, ...others])).decision;
const table = (none: number, unverified: number, revoked: number, verified: number) => ({
  kind: 'table',
  verdicts: { none, unverified, revoked, verified },
});

const MTLS = '(http.host in {"api.example.com"} and not tls_client_auth.cert_verified)';

describe('what a proxy can decide alone', () => {
  const CASES: readonly [what: string, hostname: string, rules: PolicyRule[], expected: object][] = [
    ['lets everything through without a rule', 'api.example.com', [], table(0, 0, 0, 0)],
    ['denies what is not verified', 'api.example.com', [rule(MTLS)], table(403, 403, 403, 0)],
    ['leaves other hostnames alone', 'www.example.com', [rule(MTLS)], table(0, 0, 0, 0)],
    ['leaves other sites alone', 'api.example.com', [rule(MTLS, { site: 'example.org' })], table(0, 0, 0, 0)],
    ['does not take a look-alike for the site', 'api.notexample.com', [rule('ssl')], table(0, 0, 0, 0)],
    [
      'takes the first rule that denies',
      'api.example.com',
      [rule('tls_client_auth.cert_revoked', { status: 451 }), rule(MTLS)],
      table(403, 403, 451, 0),
    ],
    [
      'tells none from bad',
      'api.example.com',
      [rule('not tls_client_auth.cert_presented', { status: 401 })],
      table(401, 0, 0, 0),
    ],
    [
      'needs nothing that does not matter',
      'api.example.com',
      [rule('http.host eq "www.example.com" and http.request.uri.path eq "/"')],
      table(0, 0, 0, 0),
    ],
    [
      'denies all where a rule cannot be read',
      'api.example.com',
      [rule('novel.field eq 1')],
      table(503, 503, 503, 503),
    ],
    [
      'does not deny where a rule that only watches cannot be read',
      'api.example.com',
      [rule('novel.field eq 1', { action: 'monitor' })],
      table(0, 0, 0, 0),
    ],
  ];
  for (const [what, hostname, rules, expected] of CASES) {
    it(what, () => expect(decide(hostname, rules)).toEqual(expected));
  }

  it('asks the agent where a path, a header or an address matters', () => {
    for (const part of ['http.request.uri.path eq "/"', 'ip.src eq 10.0.0.1', 'http.request.method eq "GET"']) {
      const decision = decide('api.example.com', [
        rule(`not tls_client_auth.cert_verified and ${part}`, { status: 429 }),
      ]);
      expect(decision, part).toMatchObject({ kind: 'agent', statuses: expect.arrayContaining([403, 429, 503]) });
    }
  });

  it('asks the agent where a rule that could match is in force at some times only', () => {
    const timer: Timer = {
      Scopes: 'periods',
      Periods: [{ Start: '2000-01-01T00:00:00Z', End: '2001-01-01T00:00:00Z' }],
    };
    expect(decide('api.example.com', [rule(MTLS, { timer })])).toMatchObject({ kind: 'agent' });
    expect(decide('www.example.com', [rule(MTLS, { timer })])).toEqual(table(0, 0, 0, 0));
  });

  it('asks the agent to count what a rule only watches', () => {
    expect(decide('api.example.com', [rule('ssl', { action: 'monitor' })])).toMatchObject({ kind: 'agent' });
    expect(decide('api.example.com', [rule('not ssl', { action: 'monitor' })])).toEqual(table(0, 0, 0, 0));
  });

  it('knows of a wildcard which names it does not stand for', () => {
    expect(decide('*.example.com', [rule(MTLS)])).toMatchObject({ kind: 'agent' });
    expect(decide('*.example.com', [rule(MTLS)], ['api.example.com'])).toEqual(table(0, 0, 0, 0));
    expect(decide('*.example.com', [rule('http.host eq "a.b.example.com"')])).toEqual(table(0, 0, 0, 0));
    expect(decide('*.example.com', [rule('ends_with(http.host, ".example.com")')])).toMatchObject({ kind: 'agent' });
    expect(decide('*.example.com', [rule('lower(http.host) eq "www.example.org"')])).toMatchObject({ kind: 'agent' });
  });
});
