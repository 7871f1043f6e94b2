import { clausesOf, type Literal } from './clauses.ts';
import { type Test, testOf } from './compile.ts';
import type { Facts } from './facts.ts';
import { CERT_VERIFIED } from './fields.ts';
import { asksForCertificate, conditionsOf, fieldsOfCondition } from './shape.ts';
import type { Condition, Expression } from './syntax.ts';

/**
 * The hostname guard: why a rule on client certificates would concern every request of its site, as a sentence;
 * undefined when each of its alternatives that asks for a client certificate also names hostnames.
 * Not a hostname: what is only excluded (`not http.host eq ...`), and what any hostname fits (`matches ".*"`).
 */
export function hostnameGuard(expression: Expression): string | undefined {
  const narrowing = new Set(conditionsOf(expression).filter(narrowsHostname));
  const open = clausesOf(expression).find(
    (clause) =>
      clause.some(({ condition }) => asksForCertificate(condition)) &&
      !clause.some(({ condition, holds }) => holds && narrowing.has(condition)),
  );
  return open === undefined ? undefined : UNGUARDED;
}

const UNGUARDED =
  'This rule is about client certificates and names no hostname, so it would concern every request of the site, with ' +
  'a certificate or without. Add the hostnames: (http.host in {"api.example.com"} and not ' +
  `${CERT_VERIFIED}).`;

/** Hostnames that nobody means. A condition that one of them fits does not choose hostnames. */
const NOBODYS = [
  'zq0x9.zq7v1.invalid',
  'zq0x9.zq7v1.com',
  'zq0x9.zq7v1.net',
  'a-1.zq7v1.org',
  'b.zq7v1.io',
  'zq7v1.dev',
];

function narrowsHostname(condition: Condition): boolean {
  if (!isAboutHostname(condition)) return false;
  const test = testOf(condition);
  return !NOBODYS.some((host) => test(factsOfHostname(host)));
}

/**
 * Makes a test of whether the rule could match a request for a hostname (lower case, without port), whatever else is in
 * the request. Never wrongly false.
 */
export function makeHostnameTest(expression: Expression): (hostname: string) => boolean {
  const { can } = possible(expression);
  return (hostname) => can(factsOfHostname(hostname));
}

/** Whether it can be true, and whether it can be false, when nothing but the hostname is known. */
function possible(expression: Expression): { can: Test; canNot: Test } {
  switch (expression.kind) {
    case 'not': {
      const { can, canNot } = possible(expression.part);
      return { can: canNot, canNot: can };
    }
    case 'and':
    case 'or': {
      const parts = expression.parts.map(possible);
      const all = (which: 'can' | 'canNot') => (facts: Facts) => parts.every((part) => part[which](facts));
      const any = (which: 'can' | 'canNot') => (facts: Facts) => parts.some((part) => part[which](facts));
      return expression.kind === 'and'
        ? { can: all('can'), canNot: any('canNot') }
        : { can: any('can'), canNot: all('canNot') };
    }
    default: {
      if (!isAboutHostname(expression) && expression.kind !== 'always') return { can: () => true, canNot: () => true };
      const test = testOf(expression);
      return { can: test, canNot: (facts) => !test(facts) };
    }
  }
}

/**
 * The hostnames the rule names (`eq`, `in`) and could match.
 * `open`: it could match others too, so that only `makeHostnameTest` tells.
 */
export function hostnamesOf(expression: Expression): { names: readonly string[]; open: boolean } {
  const clauses = clausesOf(expression).map(namedIn);
  const names = [...new Set(clauses.flatMap((named) => named ?? []))].filter(makeHostnameTest(expression));
  return { names, open: clauses.includes(undefined) };
}

/** Undefined where an alternative names none. */
function namedIn(clause: readonly Literal[]): readonly string[] | undefined {
  const naming = clause.flatMap(({ condition, holds }) => {
    if (!holds || !('operand' in condition)) return [];
    const { operand } = condition;
    if (operand.kind !== 'field' || operand.field !== 'http.host') return [];
    if (condition.kind === 'text_in') return [condition.values];
    return condition.kind === 'text' && condition.operator === 'eq' ? [[condition.value]] : [];
  });
  return naming[0];
}

/** It asks for nothing but the hostname, itself or what a function makes of it. */
function isAboutHostname(condition: Condition): boolean {
  const fields = fieldsOfCondition(condition);
  return fields.length > 0 && fields.every((field) => field === 'http.host');
}

/** Enough of a request for a condition that asks for the hostname alone. */
function factsOfHostname(host: string): Facts {
  return { host } as Facts;
}
