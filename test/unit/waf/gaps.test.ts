import { describe, expect, it } from 'vitest';
import type { DecidedBy } from '../../../core/waf/certain.ts';
import { decidedBy, gapsOf, type LimitedEdge, staysAsItIs } from '../../../core/waf/gaps.ts';
import { parseExpression } from '../../../core/waf/parse.ts';
import { readRule } from '../../../core/waf/rule.ts';

const SITE = { site: 'example.com', bound: ['api.example.com'] };
const edge = (hostnames: LimitedEdge['hostnames']): LimitedEdge => ({ id: 'e', name: 'e', reason: 'r', hostnames });
const deny = (expression: string): DecidedBy => ({ tree: parseExpression(expression), action: 'deny' });
const hostnamesOf = (rule: DecidedBy, hostnames: LimitedEdge['hostnames'], where = SITE) =>
  gapsOf(rule, where, [edge(hostnames)]).flatMap((gap) => gap.hostnames);

const MTLS = 'http.host eq "api.example.com" and not tls_client_auth.cert_verified';
const POST = 'http.host eq "api.example.com" and http.request.method eq "POST"';

describe('where a rule cannot be enforced', () => {
  it.each<[string, DecidedBy, LimitedEdge['hostnames'], string[]]>([
    ['nowhere, as long as a proxy sees all of it', deny(MTLS), ['api.example.com', 'www.example.com'], []],
    ['where more of a request decides', deny(POST), ['api.example.com', 'www.example.com'], ['api.example.com']],
    ['nowhere, where the edge serves other hostnames', deny(POST), ['www.example.com'], []],
    ['nowhere, where the edge serves other sites', deny('http.request.method eq "POST"'), ['example.org'], []],
    [
      'nowhere, where it is decided before more is asked',
      deny('ssl or http.request.method eq "POST"'),
      ['a.example.com'],
      [],
    ],
    ['where it only watches', { ...deny(MTLS), action: 'monitor' }, ['api.example.com'], ['api.example.com']],
    [
      'where it has a timer',
      { ...deny(MTLS), timer: { Scopes: 'weekly', Zone: 0, WeeklyPeriods: [] } },
      ['api.example.com'],
      ['api.example.com'],
    ],
    ['nowhere, where a bound name below a wildcard has its own place', deny(MTLS), ['*.example.com'], []],
    ['where the wildcard itself is meant', deny(MTLS.replace('api', 'other')), ['*.example.com'], ['*.example.com']],
    [
      'where the edge cannot tell what it serves, for the site and what is below',
      deny('http.request.method eq "POST"'),
      null,
      ['example.com', '*.example.com', 'api.example.com'],
    ],
  ])('%s', (_, rule, hostnames, expected) => {
    expect(hostnamesOf(rule, hostnames)).toEqual(expected);
  });

  it('is told of each edge apart', () => {
    const edges = [edge(['api.example.com']), { ...edge(['www.example.com']), id: 'f' }, { ...edge(null), id: 'g' }];
    expect(gapsOf(deny(POST), SITE, edges).map((gap) => gap.edge.id)).toEqual(['e', 'g']);
  });
});

describe('what was accepted stays accepted', () => {
  const rule = readRule({ Expression: POST, Action: 'deny', Status: 'on' });
  it.each<[boolean, string, Record<string, unknown>]>([
    [true, 'with another name', { Name: 'other' }],
    [true, 'with other spaces', { Expression: POST.replace(' and ', '  and ') }],
    [true, 'with another status of denial', { Actions: { Response: { Code: 404 } } }],
    [false, 'with another expression', { Expression: MTLS }],
    [false, 'with another action', { Action: 'monitor' }],
    [false, 'when it is off', { Status: 'off' }],
    [false, 'with times', { Timer: { Scopes: 'weekly', Zone: 0, WeeklyPeriods: [{ Days: '1', DailyPeriods: [] }] } }],
  ])('%s %s', (expected, _, set) => {
    const after = readRule({ Expression: POST, Action: 'deny', Status: 'on', ...set });
    expect(staysAsItIs(rule, after)).toBe(expected);
    expect(staysAsItIs(after, rule)).toBe(expected);
  });

  it('reads the timer with the rest', () => {
    const timer = { Scopes: 'weekly', Zone: 0, WeeklyPeriods: [{ Days: '1', DailyPeriods: [] }] };
    const draft = readRule({ Expression: POST, Action: 'deny', Timer: timer });
    expect(decidedBy(draft).timer).toMatchObject({ Scopes: 'weekly' });
  });
});
