import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Policy, PolicyRule } from '../../../core/snapshot/policy.ts';
import { FIELDS, type FieldName } from '../../../core/waf/fields.ts';
import { readRule } from '../../../core/waf/rule.ts';
import { NUMBER_OPERATORS, TEXT_OPERATORS } from '../../../core/waf/syntax.ts';
import { type ProxySight, planHosts } from '../../../edge/proxy/plan-hosts.ts';
import { HAPROXY_SEES, NGINX_SEES } from '../../../edge/proxy/start.ts';
import { makeTestAuthority } from '../../fixtures/ca/issuing.ts';

/** What docs/rules.md says of where rules run, against what reads, plans and refuses them. */

const page = readFileSync('docs/rules.md', 'utf8');
const HOST = 'api.example.com';
const PROXIES = { nginx: NGINX_SEES, HAProxy: HAPROXY_SEES } as const;
/** Allows no intermediates, as those that Countersign makes. */
const direct = makeTestAuthority('ecdsa-sha256', new Date());

type Row = { names: string[]; cells: string[] };

/** The rows of the tables of a section by the heading of their first column. */
function table(first: string): Row[] {
  const section = page.slice(page.indexOf('\n## Where rules run'));
  const lines = section.slice(section.indexOf(`| ${first}`)).split('\n');
  return lines
    .slice(
      2,
      lines.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name = '', ...cells]) => ({
      names: [...name.matchAll(/`([^`]+)`/g)].map(([, text]) => text as string),
      cells: cells.slice(0, 3),
    }));
}

const rowsByName = (first: string) =>
  new Map(table(first).flatMap(({ names, cells }) => names.map((name): [string, string[]] => [name, cells])));

/** How each of the three does with a rule: gateway, nginx, HAProxy. */
function found(expression: string, action = 'deny', blockedFingerprints: string[] = []): string[] {
  try {
    readRule({ Name: 'x', Expression: expression, Action: action });
  } catch {
    return ['unsupported', 'unsupported', 'unsupported'];
  }
  const rule = { number: 1, site: 'example.com', name: 'x', expression, action, status: 403 } as PolicyRule;
  return ['native', ...Object.values(PROXIES).map((sees) => plan([rule], blockedFingerprints, sees))];
}

function plan(rules: PolicyRule[], blockedFingerprints: string[], sees: ProxySight): string {
  const served = { hostname: HOST, certificateFile: '/c', keyFile: '/k', origin: 'http://127.0.0.1:1' };
  const policy = {
    rules,
    blockedFingerprints,
    hosts: [{ hostname: HOST, authorities: ['a'] }],
    authorities: [{ id: 'a', name: 'a', certificate: Buffer.from(direct.der).toString('base64') }],
  } as unknown as Policy;
  const [host] = planHosts([served], policy, { sees, decide: 'native' });
  return host?.decision.kind === 'table' ? 'native' : 'agent';
}

/** A condition on a field, of each type. */
function conditionOn(name: FieldName): string {
  switch (FIELDS[name].type) {
    case 'boolean':
      return name;
    case 'number':
      return `${name} eq 1`;
    case 'address':
      return `${name} eq 192.0.2.1`;
    case 'map':
      return `${name}["x"] eq "x"`;
    default:
      return `${name} eq "x.example.com"`;
  }
}

describe('the matrix of docs/rules.md', () => {
  it('says of every field where it runs', () => {
    const rows = rowsByName('Field');
    expect([...rows.keys()]).toEqual(Object.keys(FIELDS));
    for (const [name, cells] of rows) expect([name, cells]).toEqual([name, found(conditionOn(name as FieldName))]);
  });

  it.each(['http.host', 'http.user_agent'] as const)(
    'says of every operator and function that it runs as %s',
    (name) => {
      const asField = found(conditionOn(name));
      const rows = rowsByName('Operator or function');
      expect([...rows.keys()].sort()).toEqual(
        [
          ...new Set([
            ...TEXT_OPERATORS,
            ...NUMBER_OPERATORS,
            'ne',
            'in',
            'exists',
            'lower',
            'concat',
            'regex_replace',
          ]),
        ].sort(),
      );
      const written: Readonly<Record<string, string>> = {
        eq: `${name} eq "x.example.com"`,
        ne: `${name} ne "x.example.com"`,
        in: `${name} in {"x.example.com" "y.example.com"}`,
        contains: `${name} contains "x"`,
        matches: `${name} matches "^x"`,
        starts_with: `starts_with(${name}, "x")`,
        ends_with: `ends_with(${name}, "x")`,
        exists: `exists(${name})`,
        lower: `lower(${name}) eq "x"`,
        concat: `concat(${name}, "x") eq "x"`,
        regex_replace: `regex_replace(${name}, "x", "y") eq "x"`,
      };
      for (const [operator, cells] of rows) {
        const expression = written[operator];
        // Numbers are fields that no edge has.
        const results = expression === undefined ? found(`ip.geoip.asnum ${operator} 1`) : found(expression);
        const expected = cells.map((cell, edge) => (cell === 'as the field' ? asField[edge] : cell));
        expect([operator, results]).toEqual([operator, expected]);
      }
    },
  );

  it('says of every action where it runs', () => {
    for (const [action, cells] of rowsByName('Action')) {
      expect([action, found(`http.host eq "${HOST}"`, action)]).toEqual([action, cells]);
    }
  });

  it('says that nginx alone asks its agent while a certificate is blocked by its fingerprint', () => {
    expect(found(`http.host eq "${HOST}"`, 'deny', ['ab'.repeat(32)])).toEqual(['native', 'agent', 'native']);
  });
});
