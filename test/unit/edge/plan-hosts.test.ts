import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../core/snapshot/policy.ts';
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
    expect(byHaproxy.filter(({ hasChains }) => hasChains).map(({ hostname }) => hostname)).toEqual([
      'own.example.test',
      'named.example.test',
    ]);
  });

  it('asks the agent wherever certificates are accepted, if that is wanted', () => {
    const always = kindsOf(plan({}, HAPROXY_SEES, 'agent'));
    expect(always).toMatchObject({ 'own.example.test': 'agent', 'open.test': 'table' });
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
