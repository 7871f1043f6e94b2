import { CERT_VERIFIED } from './fields.ts';
import { parseExpression } from './parse.ts';
import { printExpression } from './print.ts';
import { negated } from './shape.ts';
import type { Condition, Expression } from './syntax.ts';

/** A rule in the words of its form: everything in it holds together. */
export type RuleForm = {
  /** "Verified Client Certificate". */
  verified: VerifiedChoice;
  /** One of them; lower case; `*.example.com` stands for every name one label below. None: any hostname. */
  hostnames: readonly string[];
  /** More conditions, as an expression; empty: none. */
  more: string;
};

export const VERIFIED_CHOICES = ['no', 'yes', 'any'] as const;
export type VerifiedChoice = (typeof VERIFIED_CHOICES)[number];

/**
 * The expression that a form makes.
 * @returns undefined when nothing is chosen: a rule on every request is not made by leaving a form empty.
 * @throws CountersignError `rule_refused`, with a column of `more`.
 */
export function writeForm({ verified, hostnames, more }: RuleForm): string | undefined {
  const extra = more.trim() === '' ? undefined : parseExpression(more);
  const parts = [
    ...(hostnames.length === 0 ? [] : [hostnamePart(hostnames)]),
    ...(verified === 'any' ? [] : [verified === 'yes' ? VERIFIED : negated(VERIFIED)]),
    ...(extra === undefined ? [] : extra.kind === 'and' ? extra.parts : [extra]),
  ];
  const [first, ...rest] = parts;
  if (first === undefined) return undefined;
  return printExpression(rest.length === 0 ? first : { kind: 'and', parts });
}

/** The form that makes this expression; undefined where it is about neither hostnames nor a verified certificate. */
export function readForm(expression: Expression): RuleForm | undefined {
  const parts = expression.kind === 'and' ? expression.parts : [expression];
  const named = parts.find((part) => hostnamesIn(part) !== undefined);
  const flag = parts.find((part) => verifiedIn(part) !== undefined);
  if (named === undefined && flag === undefined) return undefined;
  const others = parts.filter((part) => part !== named && part !== flag);
  const [first, ...rest] = others;
  return {
    verified: (flag && verifiedIn(flag)) ?? 'any',
    hostnames: (named && hostnamesIn(named)) ?? [],
    more: first === undefined ? '' : printExpression(rest.length === 0 ? first : { kind: 'and', parts: others }),
  };
}

const VERIFIED: Condition = { kind: 'flag', field: CERT_VERIFIED, column: 1 };
const HOST = { operand: { kind: 'field', field: 'http.host' }, column: 1 } as const;

/** A wildcard is an exact pattern, since it stands for one label and no more. */
function hostnamePart(hostnames: readonly string[]): Expression {
  const names = hostnames.filter((name) => !isWildcard(name));
  const [first, ...rest] = names;
  const parts: Condition[] = hostnames
    .filter(isWildcard)
    .map((value) => ({ kind: 'text', operator: 'matches', value: patternOf(value), ...HOST }));
  if (first !== undefined) {
    parts.unshift(
      rest.length === 0
        ? { kind: 'text', operator: 'eq', value: first, ...HOST }
        : { kind: 'text_in', values: names, ...HOST },
    );
  }
  return parts.length === 1 ? (parts[0] as Condition) : { kind: 'or', parts };
}

function hostnamesIn(part: Expression): readonly string[] | undefined {
  if (part.kind === 'or') {
    const several = part.parts.map(hostnamesIn);
    return several.includes(undefined) ? undefined : several.flatMap((names) => names ?? []);
  }
  if (part.kind !== 'text' && part.kind !== 'text_in') return undefined;
  if (part.operand.kind !== 'field' || part.operand.field !== 'http.host') return undefined;
  if (part.kind === 'text_in') return part.values;
  if (part.operator === 'eq') return [part.value];
  const wildcard = part.operator === 'matches' ? wildcardOf(part.value) : undefined;
  return wildcard === undefined ? undefined : [wildcard];
}

function verifiedIn(part: Expression): 'yes' | 'no' | undefined {
  if (part.kind === 'not') return verifiedIn(part.part) === 'yes' ? 'no' : undefined;
  return part.kind === 'flag' && part.field === CERT_VERIFIED ? 'yes' : undefined;
}

const isWildcard = (name: string) => name.startsWith('*.');
const patternOf = (wildcard: string) => `^[^.]+${wildcard.slice(1).replaceAll('.', '\\.')}$`;

function wildcardOf(pattern: string): string | undefined {
  const found = /^\^\[\^\.\]\+((?:\\\.[a-z0-9-]+)+)\$$/.exec(pattern);
  return found?.[1] === undefined ? undefined : `*${found[1].replaceAll('\\.', '.')}`;
}
