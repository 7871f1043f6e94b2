import { inRange, printAddress, sameOctets } from './address.ts';
import { type Explanation, explain } from './explain.ts';
import type { Facts } from './facts.ts';
import { type FieldName, fieldOf } from './fields.ts';
import { ignoresCase, lowerAscii } from './operand.ts';
import { parseExpression } from './parse.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { parseReplacement } from './replacement.ts';
import { fieldsOf } from './shape.ts';
import type { Condition, Expression, FieldOperand, NumberOperator, TextOperand } from './syntax.ts';

export type Test = (facts: Facts) => boolean;

export type CompiledExpression = {
  tree: Expression;
  /** What it asks for, each once. */
  fields: readonly FieldName[];
  evaluate: Test;
  /** The same answer, with the conditions that decided it. Slower; for people. */
  explain(facts: Facts): Explanation;
};

/**
 * Reads an expression and makes closures of it, once; evaluating walks no tree, looks up no name and never throws.
 * @throws CountersignError `rule_refused`, as `parseExpression`.
 */
export function compileExpression(text: string): CompiledExpression {
  const tree = parseExpression(text);
  const compiled = compileTree(tree);
  return {
    tree,
    fields: fieldsOf(tree),
    evaluate: compiled.test,
    explain: (facts) => explain(compiled, facts),
  };
}

/** A tree with the test of each node; what `explain` walks. */
export type CompiledTree = { test: Test } & (
  | { kind: 'and' | 'or'; parts: readonly CompiledTree[] }
  | { kind: 'not'; part: CompiledTree }
  | { kind: 'condition'; condition: Condition /** What the request has there. */; saw(facts: Facts): readonly string[] }
);

function compileTree(expression: Expression): CompiledTree {
  switch (expression.kind) {
    case 'and': {
      const parts = expression.parts.map(compileTree);
      const tests = parts.map((part) => part.test);
      return { kind: 'and', parts, test: (facts) => tests.every((test) => test(facts)) };
    }
    case 'or': {
      const parts = expression.parts.map(compileTree);
      const tests = parts.map((part) => part.test);
      return { kind: 'or', parts, test: (facts) => tests.some((test) => test(facts)) };
    }
    case 'not': {
      const part = compileTree(expression.part);
      return { kind: 'not', part, test: (facts) => !part.test(facts) };
    }
    default:
      return { kind: 'condition', condition: expression, test: testOf(expression), saw: sawOf(expression) };
  }
}

/** One condition. */
export function testOf(condition: Condition): Test {
  switch (condition.kind) {
    case 'always':
      return () => condition.value;
    case 'flag': {
      const { read } = ofType(condition.field, 'boolean');
      return read;
    }
    case 'exists': {
      const read = readerOf(condition.operand);
      return (facts) => read(facts).length > 0;
    }
    case 'text':
    case 'text_in':
      return compileText(condition);
    case 'number': {
      const { read } = ofType(condition.field, 'number');
      const holds = NUMBER_TESTS[condition.operator];
      return (facts) => holds(read(facts) ?? Number.NaN, condition.value);
    }
    case 'number_in': {
      const { read } = ofType(condition.field, 'number');
      const values = new Set(condition.values);
      return (facts) => values.has(read(facts) ?? Number.NaN);
    }
    case 'address': {
      const { read } = ofType(condition.field, 'address');
      return (facts) => sameOctets(read(facts), condition.value);
    }
    default: {
      const { read } = ofType(condition.field, 'address');
      return (facts) => {
        const address = read(facts);
        return condition.ranges.some((range) => inRange(address, range));
      };
    }
  }
}

/** What a request lacks is no number: every comparison with it is false. */
const NUMBER_TESTS: Readonly<Record<NumberOperator, (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
};

/** True when it is true of any of the texts there are. A plain field that was not sent is the empty text. */
function compileText(condition: Extract<Condition, { kind: 'text' | 'text_in' }>): Test {
  const fold = ignoresCase(condition.operand);
  const holds = textTest(condition, fold);
  const read = textsOf(condition.operand);
  const tested = fold && !(condition.kind === 'text' && condition.operator === 'matches');
  if (typeof read === 'function') {
    return tested ? (facts) => holds(lowerAscii(read(facts))) : (facts) => holds(read(facts));
  }
  const { several } = read;
  return (facts) => several(facts).some(holds);
}

function textTest(
  condition: Extract<Condition, { kind: 'text' | 'text_in' }>,
  fold: boolean,
): (text: string) => boolean {
  if (condition.kind === 'text_in') {
    const values = new Set(condition.values);
    return (text) => values.has(text);
  }
  const { value } = condition;
  switch (condition.operator) {
    case 'eq':
      return (text) => text === value;
    case 'contains':
      return (text) => text.includes(value);
    case 'starts_with':
      return (text) => text.startsWith(value);
    case 'ends_with':
      return (text) => text.endsWith(value);
    default:
      return patternOf(value, fold).isIn;
  }
}

type ReadOne = (facts: Facts) => string;
type ReadSeveral = { several(facts: Facts): readonly string[] };

/** How to read an operand: one text, or the several of an entry. */
function textsOf(operand: TextOperand): ReadOne | ReadSeveral {
  switch (operand.kind) {
    case 'field': {
      const field = fieldOf(operand.field);
      if (field.type === 'text') return (facts) => field.read(facts) ?? '';
      const several = readerOf(operand);
      return { several };
    }
    case 'lower':
      return mapped(textsOf(operand.of), lowerAscii);
    case 'regex_replace':
      return mapped(textsOf(operand.of), compileReplace(operand));
    default: {
      const parts = operand.parts.map((part): ReadOne => {
        if (part.kind === 'literal') return () => part.value;
        return textsOf(part) as ReadOne;
      });
      return (facts) => parts.map((part) => part(facts)).join('');
    }
  }
}

function mapped(read: ReadOne | ReadSeveral, change: (text: string) => string): ReadOne | ReadSeveral {
  if (typeof read === 'function') return (facts) => change(read(facts));
  return { several: (facts) => read.several(facts).map(change) };
}

/** The first match is replaced; where there is none, the text stays. */
function compileReplace(operand: Extract<TextOperand, { kind: 'regex_replace' }>): (text: string) => string {
  const pattern = patternOf(operand.pattern, ignoresCase(operand.of));
  const replacement = parseReplacement(operand.replacement);
  return (text) => {
    const found = pattern.first(text);
    if (!found) return text;
    const put = replacement.map((part) => (typeof part === 'number' ? found.groups[part] : part)).join('');
    return text.slice(0, found.start) + put + text.slice(found.end);
  };
}

/** What there is of a field or an entry; nothing where it was not sent. */
function readerOf({ field: name, key }: FieldOperand): (facts: Facts) => readonly string[] {
  const field = fieldOf(name);
  if (field.type === 'map') return (facts) => field.read(facts, key ?? '');
  return (facts) => {
    const value = field.read(facts);
    if (value === undefined) return [];
    return [value instanceof Uint8Array ? printAddress(value) : String(value)];
  };
}

function sawOf(condition: Condition): (facts: Facts) => readonly string[] {
  switch (condition.kind) {
    case 'always':
      return () => [];
    case 'exists':
      return readerOf(condition.operand);
    case 'text':
    case 'text_in': {
      const read = textsOf(condition.operand);
      return typeof read === 'function' ? (facts) => [read(facts)] : read.several;
    }
    default:
      return readerOf({ kind: 'field', field: condition.field });
  }
}

function ofType<T extends 'boolean' | 'number' | 'address'>(name: FieldName, type: T) {
  const field = fieldOf(name);
  if (field.type !== type) throw new Error(`${name} is no ${type}`);
  return field as Extract<typeof field, { type: T }>;
}

/** It was compiled when the expression was read, so it is a pattern. */
function patternOf(source: string, fold: boolean): Pattern {
  const pattern = compilePattern(source, fold);
  if (typeof pattern === 'string') throw new Error(pattern);
  return pattern;
}
