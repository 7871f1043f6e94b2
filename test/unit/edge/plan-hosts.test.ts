import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../core/snapshot/policy.ts';
import { word } from '../../../edge/proxy/plan.ts';
import { planHosts } from '../../../edge/proxy/plan-hosts.ts';

const files = { certificateFile: '/c.pem', keyFile: '/c.key' };
const served = ['*.example.test', 'own.example.test', 'open.test'].map((hostname) => {
  return { ...files, hostname, origin: `http://${hostname.replace('*', 'any')}:8080/` };
});
const authority = (id: string) => ({ id, name: id, certificate: '' });
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
const plan = (changes: Partial<Policy> = {}, seesFingerprints = true) =>
  planHosts(served, { ...POLICY, ...changes }, { seesFingerprints });
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
    const kinds = (seesFingerprints: boolean) =>
      Object.fromEntries(plan(blocked, seesFingerprints).map(({ hostname, decision }) => [hostname, decision.kind]));
    expect(kinds(true)).toMatchObject({ 'own.example.test': 'table', 'open.test': 'table' });
    expect(kinds(false)).toMatchObject({ 'own.example.test': 'agent', 'open.test': 'table' });
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
