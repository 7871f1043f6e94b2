import { describe, expect, it } from 'vitest';
import type { Policy, PolicyRule } from '../../../core/snapshot/policy.ts';
import { tellGaps } from '../../../edge/proxy/limits.ts';
import { word } from '../../../edge/proxy/plan.ts';
import { planHosts } from '../../../edge/proxy/plan-hosts.ts';
import { HAPROXY_SEES, NGINX_SEES } from '../../../edge/proxy/start.ts';
import { type Made, makeAuthority } from '../../support/pki.ts';

const files = { certificateFile: '/c.pem', keyFile: '/c.key' };
const served = ['*.example.test', 'own.example.test', 'open.test'].map((hostname) => {
  return { ...files, hostname, origin: `http://${hostname.replace('*', 'any')}:8080/` };
});
const direct = await makeAuthority('CN=Direct', { pathLength: 0 });
const deep = await makeAuthority('CN=Deep');
const authority = (id: string, { der }: Made = direct) => {
  return { id, name: id, certificate: Buffer.from(der).toString('base64') };
};
const POLICY: Policy = {
  authorities: [authority('a'), authority('b')],
  hosts: [
    { hostname: '*.example.test', authorities: ['a'] },
    { hostname: 'named.example.test', authorities: ['b'] },
    { hostname: 'own.example.test', authorities: ['a', 'b', 'gone'] },
    { hostname: 'not.served.test', authorities: ['a'] },
    { hostname: 'two.labels.example.test', authorities: ['a'] },
  ],
  rules: [
    {
      number: 1,
      site: 'example.test',
      name: 'r',
      action: 'deny',
      status: 403,
      expression: 'not tls_client_auth.cert_verified',
    },
  ],
  blockedFingerprints: [],
};
const plan = (changes: Partial<Policy> = {}, sees = HAPROXY_SEES, decide: 'native' | 'agent' = 'native') =>
  planHosts(served, { ...POLICY, ...changes }, { sees, decide });
const kindsOf = (hosts: ReturnType<typeof plan>) =>
  Object.fromEntries(hosts.map(({ hostname, decision }) => [hostname, decision.kind]));
const authoritiesOf = (hosts: ReturnType<typeof plan>) =>
  Object.fromEntries(hosts.map(({ hostname, authorities }) => [hostname, authorities.map(({ id }) => id)]));

describe('the plan of hostnames', () => {
  it('has those that are served, and bound names below a wildcard, each with its own authorities', () => {
    expect(authoritiesOf(plan())).toEqual({
      '*.example.test': ['a'],
      'named.example.test': ['b'],
      'own.example.test': ['a', 'b'],
      'open.test': [],
    });
  });

  it('gives a name below a wildcard the files and the origin of the wildcard', () => {
    const named = plan().find(({ hostname }) => hostname === 'named.example.test');
    expect(named).toMatchObject({ ...files, origin: 'http://any.example.test:8080' });
  });

  it('gives a served name without a binding of its own the one of the wildcard above it', () => {
    const hosts = POLICY.hosts.filter(({ hostname }) => hostname !== 'own.example.test');
    expect(authoritiesOf(plan({ hosts }))).toMatchObject({ 'own.example.test': ['a'] });
  });

  it('asks the agent where something is blocked and the proxy cannot see what, but only where certificates count', () => {
    const blocked = { blockedFingerprints: ['00'] };
    expect(kindsOf(plan(blocked))).toMatchObject({ 'own.example.test': 'table', 'open.test': 'table' });
    const byNginx = kindsOf(plan(blocked, NGINX_SEES));
    expect(byNginx).toMatchObject({ 'own.example.test': 'agent', 'open.test': 'table' });
  });

  it('asks the agent where an authority allows intermediates and the proxy does not see which were sent', () => {
    const authorities = [authority('a'), authority('b', deep)];
    const byNginx = kindsOf(plan({ authorities }, NGINX_SEES));
    expect(byNginx).toMatchObject({
      '*.example.test': 'table',
      'named.example.test': 'agent',
      'own.example.test': 'agent',
      'open.test': 'table',
    });
    const byHaproxy = plan({ authorities });
    expect(new Set(Object.values(kindsOf(byHaproxy)))).toEqual(new Set(['table']));
    expect(byHaproxy.filter(({ chains }) => chains === 'agent').map(({ hostname }) => hostname)).toEqual([
      'own.example.test',
      'named.example.test',
    ]);
  });

  it('asks the agent wherever certificates are accepted, if that is wanted', () => {
    const always = kindsOf(plan({}, HAPROXY_SEES, 'agent'));
    expect(always).toMatchObject({ 'own.example.test': 'agent', 'open.test': 'table' });
  });
});

describe('the plan of a proxy that cannot ask', () => {
  const limits = { reason: 'it was built so', edgeId: 'e' };
  const limited = (changes: Partial<Policy> = {}, sees = HAPROXY_SEES) => {
    const policy = { ...POLICY, ...changes };
    const plans = planHosts(served, policy, { sees, decide: 'native', limits });
    const told = tellGaps(plans, policy, { sees, limits });
    const own = plans.find(({ hostname }) => hostname === 'own.example.test');
    return { told, own, verdicts: own?.decision.kind === 'table' ? own.decision.verdicts : undefined };
  };
  const rules = (expression: string, set: Partial<PolicyRule> = {}) => ({
    rules: [...POLICY.rules, { ...POLICY.rules[0], number: 2, expression, ...set } as PolicyRule],
  });
  const POST = 'http.host eq "own.example.test" and http.request.method eq "POST"';

  it('is that of any other where the proxy sees enough', () => {
    expect(limited()).toMatchObject({ told: [], verdicts: { none: 403, unverified: 403, revoked: 403, verified: 0 } });
  });

  it('denies what it would have to ask about, and says so', () => {
    expect(limited(rules(POST))).toMatchObject({
      told: ['Rule 2 of example.test (r) denies what it may be about at own.example.test (503): it was built so.'],
      verdicts: { none: 403, unverified: 403, revoked: 403, verified: 503 },
    });
  });

  it('leaves the rule out, and no other, where that was accepted of this edge', () => {
    const accepted = limited(rules(POST, { acceptedGaps: ['d', 'e'] }));
    expect(accepted).toMatchObject({
      told: ['Rule 2 of example.test (r) is left out at own.example.test, as was accepted: it was built so.'],
      verdicts: { none: 403, verified: 0 },
    });
    expect(limited(rules(POST, { acceptedGaps: ['d'] })).verdicts).toMatchObject({ verified: 503 });
  });

  it('does not leave out what it can decide by, whatever was accepted', () => {
    const both = limited(rules('ssl', { acceptedGaps: ['e'], status: 404 }));
    expect(both).toMatchObject({ told: [], verdicts: { none: 403, verified: 404 } });
  });

  it('denies nothing for a rule that only watches', () => {
    expect(limited(rules(POST, { action: 'monitor' }))).toMatchObject({
      told: ['Rule 2 of example.test (r) does not watch at own.example.test: it was built so.'],
      verdicts: { none: 403, verified: 0 },
    });
  });

  it('does not leave out what it cannot read, whatever was accepted', () => {
    const newer = limited(rules('http.request.is_new eq "x"', { acceptedGaps: ['e'] }));
    expect(newer).toMatchObject({ told: ['Rule 2 of example.test (r) cannot be read.'], verdicts: { verified: 503 } });
  });

  it('verifies nobody while it cannot see who is blocked', () => {
    const blocked = { blockedFingerprints: ['00'] };
    expect(limited(blocked)).toMatchObject({ told: [], verdicts: { verified: 0 } });
    const nginx = limited(blocked, NGINX_SEES);
    expect(nginx.verdicts).toMatchObject({ none: 403, verified: 503 });
    expect(nginx.told).toEqual([
      expect.stringMatching(/^Certificates are blocked .* Verified ones are denied at .*own\.example\.test.* \(503\)/),
    ]);
  });

  it('counts nothing below an intermediate, since that may be revoked', () => {
    const authorities = [authority('a'), authority('b', deep)];
    for (const sees of [HAPROXY_SEES, NGINX_SEES]) {
      const { own, told } = limited({ authorities }, sees);
      expect(own).toMatchObject({ chains: 'refused', decision: { kind: 'table' } });
      expect(told).toEqual([expect.stringContaining('count as unverified at own.example.test')]);
    }
  });
});

describe('a word of a configuration', () => {
  it.each(['/etc/a.pem', '127.0.0.1:8443', '*:443', 'http://127.0.0.1:80', 'a_b-c'])('can be %s', (value) => {
    expect(word(value)).toBe(value);
  });

  it.each([
    '',
    'a b',
    'a;b',
    'a\nb',
    'a{',
    '}',
    '"a"',
    "'a'",
    '$a',
    'a#',
    'a\\',
    'a%b',
    '[a]',
    'a\0b',
    'ä',
    'a'.repeat(501),
  ])('cannot be %j', (value) => {
    expect(() => word(value)).toThrow(RangeError);
  });
});
