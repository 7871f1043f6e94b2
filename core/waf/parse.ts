import { parseAddress, parseRange, printRange, type Range } from './address.ts';
import { FIELD_NAMES, type FieldName, type FieldOf, type FieldType, fieldNamed, fieldOf } from './fields.ts';
import { whyNoHostname } from './hostname.ts';
import { makeLexer, type Token } from './lexer.ts';
import { LIMITS } from './limits.ts';
import { nearest } from './nearest.ts';
import { hasSeveral, ignoresCase, lowerAscii } from './operand.ts';
import { compilePattern } from './pattern.ts';
import { REVERSES_DIRECTION, refuseAt, told } from './refusal.ts';
import { parseReplacement } from './replacement.ts';
import { negated } from './shape.ts';
import type { Condition, Expression, FieldOperand, NumberOperator, TextOperand, TextOperator } from './syntax.ts';

/**
 * Reads an expression:
 *
 *     or         = and { "or" and }
 *     and        = unary { "and" unary }
 *     unary      = "not" unary | "(" or ")" | condition
 *     condition  = "true" | "false"
 *                | boolean [ ("eq" | "ne") ("true" | "false") ]
 *                | operand operator value | operand "in" "{" value { value } "}"
 *     boolean    = a boolean field | exists(field) | starts_with(text, string) | ends_with(text, string)
 *     operand    = field | lower(text) | concat(text | string, ...) | regex_replace(text, string, string)
 *     field      = name [ "[" string "]" ]
 *
 * `not` binds before `and`, `and` before `or`; a comparison binds before all of them.
 * @throws CountersignError `rule_refused` with the column of the first fault and what would be right there; nothing
 *   else, whatever the text.
 */
export function parseExpression(text: string): Expression {
  if (text.trim() === '') refuseAt(text, 0, 'an expression is needed, for example (http.host eq "api.example.com").');
  const size = new TextEncoder().encode(text).length;
  if (size > LIMITS.bytes) refuseAt(text, 0, `an expression has ${LIMITS.bytes} bytes at most; this one has ${size}.`);
  if (/\p{Surrogate}/u.test(text)) refuseAt(text, 0, 'this is not a text that can be stored (a lone surrogate).');
  const reversing = text.search(REVERSES_DIRECTION);
  if (reversing >= 0)
    refuseAt(
      text,
      reversing,
      'this character reverses the direction of writing, so nobody could read what is approved.',
    );
  return new Parser(text).expression();
}

const OPERATORS = ['eq', 'ne', 'contains', 'matches', 'in', 'gt', 'ge', 'lt', 'le'] as const;
type Operator = (typeof OPERATORS)[number];
const OPERATORS_OF: Readonly<Record<FieldType, readonly Operator[]>> = {
  text: ['eq', 'ne', 'contains', 'matches', 'in'],
  map: ['eq', 'ne', 'contains', 'matches', 'in'],
  number: ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'in'],
  address: ['eq', 'ne', 'in'],
  boolean: ['eq', 'ne'],
};
const BOOLEAN_FUNCTIONS = ['starts_with', 'ends_with', 'exists'] as const;
const TEXT_FUNCTIONS = ['lower', 'concat', 'regex_replace'] as const;
const FUNCTIONS = [...TEXT_FUNCTIONS, ...BOOLEAN_FUNCTIONS] as const;
type FunctionName = (typeof FUNCTIONS)[number];

/** What other languages write, and what is written here. */
const SIGNS: Readonly<Record<string, string>> = {
  '=': 'eq',
  '==': 'eq',
  '===': 'eq',
  '!=': 'ne',
  '!==': 'ne',
  '<>': 'ne',
  '>': 'gt',
  '>=': 'ge',
  '<': 'lt',
  '<=': 'le',
  '~': 'matches',
  '=~': 'matches',
  '&&': 'and',
  '&': 'and',
  '||': 'or',
  '|': 'or',
  '!': 'not',
};
const TYPES: Readonly<Record<FieldType, string>> = {
  text: 'a text',
  map: 'a map',
  number: 'a number',
  address: 'an address',
  boolean: 'true or false',
};
const NO_LISTS = 'named lists do not exist here: write the values in braces, {"a" "b"}.';
/** Words that cannot be where an operand begins. */
const RESERVED = new Set<string>([...OPERATORS, 'and', 'or']);

class Parser {
  readonly text: string;
  readonly lex: () => Token;
  /** The next token, not taken yet. */
  token: Token;
  conditions = 0;
  references = 0;
  patternSteps = 0;

  constructor(text: string) {
    this.text = text;
    this.lex = makeLexer(text);
    this.token = this.lex();
  }

  expression(): Expression {
    const whole = this.or(0);
    if (this.token.kind !== 'end') this.expected('`and`, `or` or the end');
    return whole;
  }

  // --- tokens

  take(): Token {
    const taken = this.token;
    this.token = this.lex();
    return taken;
  }

  is(kind: Token['kind']): boolean {
    return this.token.kind === kind;
  }

  isWord(word: string): boolean {
    return this.token.kind === 'word' && this.token.text === word;
  }

  need(kind: Token['kind'], what: string): Token {
    if (this.token.kind !== kind) this.expected(what);
    return this.take();
  }

  refuse(at: { index: number }, sentence: string): never {
    return refuseAt(this.text, at.index, sentence);
  }

  expected(what: string): never {
    const { kind, text } = this.token;
    const instead = kind === 'sign' ? SIGNS[text] : undefined;
    if (instead !== undefined) this.refuse(this.token, `write \`${instead}\` instead of ${told(text)}.`);
    const found =
      kind === 'end' ? 'the expression ends here' : `found ${kind === 'string' ? told(`"${text}"`) : told(text)}`;
    return this.refuse(this.token, `expected ${what}, ${found}.`);
  }

  // --- and, or, not

  or(depth: number): Expression {
    return this.chain('or', () => this.and(depth));
  }

  and(depth: number): Expression {
    return this.chain('and', () => this.unary(depth));
  }

  chain(kind: 'and' | 'or', part: () => Expression): Expression {
    const parts = [part()];
    while (this.isWord(kind)) {
      this.take();
      parts.push(part());
    }
    if (parts.length === 1) return parts[0] as Expression;
    // `(a and b) and c` is `a and b and c`: one tree for one meaning.
    return { kind, parts: parts.flatMap((one) => (one.kind === kind ? one.parts : [one])) };
  }

  unary(depth: number): Expression {
    if (depth > LIMITS.nesting) this.refuse(this.token, `parentheses and \`not\` go ${LIMITS.nesting} deep at most.`);
    if (this.isWord('not')) {
      this.take();
      return negated(this.unary(depth + 1));
    }
    if (this.token.kind !== '(') return this.condition();
    const opened = this.take();
    const inner = this.or(depth + 1);
    if (this.is('end')) this.refuse(opened, 'this parenthesis is not closed.');
    this.need(')', '`and`, `or` or `)`');
    return inner;
  }

  // --- one condition

  condition(): Expression {
    const start = this.token;
    if (start.kind !== 'word' || RESERVED.has(start.text)) this.expected('a field, a function or `not`');
    this.conditions += 1;
    if (this.conditions > LIMITS.conditions) {
      this.refuse(
        start,
        `an expression has ${LIMITS.conditions} conditions at most. Use \`in {...}\` for many values.`,
      );
    }
    const column = Array.from(this.text.slice(0, start.index)).length + 1;
    if (start.text === 'true' || start.text === 'false') {
      this.take();
      return { kind: 'always', value: start.text === 'true', column };
    }
    this.take();
    if (this.token.kind === '(') return this.ofFunction(start, column);
    const operand = this.field(start);
    const field = fieldOf(operand.field);
    switch (field.type) {
      case 'boolean':
        return this.flag({ kind: 'flag', field: operand.field as FieldOf<'boolean'>, column }, told(operand.field));
      case 'number':
        return this.numberCondition(operand.field as FieldOf<'number'>, column);
      case 'address':
        return this.addressCondition(operand.field as FieldOf<'address'>, column);
      default:
        return this.textCondition(operand, column);
    }
  }

  ofFunction(name: Token, column: number): Expression {
    switch (this.functionName(name)) {
      case 'exists': {
        this.take();
        const operand = this.field(this.need('word', 'a field'));
        this.need(')', '`)`');
        return this.flag({ kind: 'exists', operand, column }, '`exists(...)`');
      }
      case 'starts_with':
      case 'ends_with': {
        const operator = name.text as 'starts_with' | 'ends_with';
        this.take();
        if (this.token.kind === 'string') this.expected('a field');
        const operand = this.textOperand(1);
        this.need(',', '`,`');
        const value = this.textValue(operand, operator);
        this.need(')', '`)`');
        return this.flag({ kind: 'text', operand, operator, value, column }, `\`${operator}(...)\``);
      }
      default:
        return this.textCondition(this.textFunction(name, 1), column);
    }
  }

  /** What is true or false by itself, with `eq true` and its like behind it or not. */
  flag(condition: Condition, what: string): Expression {
    if (this.token.kind !== 'word' || this.token.text === 'and' || this.token.text === 'or') {
      if (this.token.kind === 'sign') this.expected('`and`, `or` or the end');
      return condition;
    }
    const operator = this.operator('boolean', what);
    const value = this.token;
    if (!this.isWord('true') && !this.isWord('false')) this.expected('`true` or `false`');
    this.take();
    return (value.text === 'true') === (operator === 'eq') ? condition : negated(condition);
  }

  numberCondition(field: FieldOf<'number'>, column: number): Expression {
    const operator = this.operator('number', told(field));
    if (operator === 'in') return { kind: 'number_in', field, values: this.set(() => this.number(field)), column };
    const value = this.number(field);
    if (operator === 'ne') return negated({ kind: 'number', field, operator: 'eq', value, column });
    return { kind: 'number', field, operator: operator as NumberOperator, value, column };
  }

  addressCondition(field: FieldOf<'address'>, column: number): Expression {
    const operator = this.operator('address', told(field));
    if (operator === 'in') return { kind: 'address_in', field, ranges: this.set(() => this.range(field)), column };
    const token = this.token;
    const range = this.range(field);
    const value = parseAddress(token.text);
    if (!value) return this.refuse(token, `a range stands in braces: in {${token.text}}.`);
    const condition = { kind: 'address', field, value: range.base, column } as const;
    return operator === 'ne' ? negated(condition) : condition;
  }

  textCondition(operand: TextOperand, column: number): Expression {
    const what = operand.kind === 'field' ? told(operand.field) : 'a text';
    const operator = this.operator('text', what);
    if (operator === 'in') {
      return { kind: 'text_in', operand, values: this.set(() => this.textValue(operand, 'eq')), column };
    }
    const kind = operator === 'ne' ? 'eq' : (operator as TextOperator);
    const condition = { kind: 'text', operand, operator: kind, value: this.textValue(operand, kind), column } as const;
    return operator === 'ne' ? negated(condition) : condition;
  }

  // --- operands

  functionName(name: Token): FunctionName {
    const found = FUNCTIONS.find((known) => known === name.text);
    if (found) return found;
    const meant = nearest(name.text, FUNCTIONS);
    const instead = meant ? `Did you mean \`${meant}\`?` : `There are ${FUNCTIONS.join(', ')}.`;
    return this.refuse(name, `there is no function ${told(name.text)}. ${instead}`);
  }

  textOperand(depth: number): TextOperand {
    const name = this.need('word', 'a field or a function');
    if (this.token.kind === '(') return this.textFunction(name, depth);
    const operand = this.field(name);
    const { type } = fieldOf(operand.field);
    if (type !== 'text' && type !== 'map') this.refuse(name, `${told(operand.field)} is ${TYPES[type]}, not a text.`);
    return operand;
  }

  textFunction(name: Token, depth: number): TextOperand {
    const kind = this.functionName(name);
    if (depth > LIMITS.functionNesting) {
      this.refuse(name, `functions go ${LIMITS.functionNesting} deep at most.`);
    }
    this.take();
    switch (kind) {
      case 'lower': {
        const of = this.textOperand(depth + 1);
        this.need(')', '`)`');
        return { kind, of };
      }
      case 'concat': {
        const parts = [this.concatPart(depth)];
        while (this.token.kind === ',') {
          this.take();
          parts.push(this.concatPart(depth));
        }
        this.need(')', '`,` or `)`');
        return { kind, parts };
      }
      case 'regex_replace': {
        const of = this.textOperand(depth + 1);
        this.need(',', '`,`');
        const pattern = this.need('string', 'a regular expression in quotes');
        const { groupCount } = this.pattern(pattern, ignoresCase(of));
        this.need(',', '`,`');
        const replacement = this.need('string', 'a replacement in quotes');
        this.checkReplacement(replacement, groupCount);
        this.need(')', '`)`');
        return { kind, of, pattern: pattern.text, replacement: replacement.text };
      }
      default:
        return this.refuse(name, `${told(kind)} is true or false, not a text.`);
    }
  }

  concatPart(depth: number): TextOperand | { kind: 'literal'; value: string } {
    const start = this.token;
    if (start.kind === 'string') {
      this.take();
      return { kind: 'literal', value: start.text };
    }
    const operand = this.textOperand(depth + 1);
    if (hasSeveral(operand)) {
      this.refuse(start, '`concat` takes texts of which there is one; a request can have several of this.');
    }
    return operand;
  }

  checkReplacement(replacement: Token, groupCount: number): void {
    const groups = parseReplacement(replacement.text).filter((part) => typeof part === 'number');
    this.references += groups.length;
    if (this.references > LIMITS.references) {
      this.refuse(replacement, `an expression has ${LIMITS.references} references to groups at most.`);
    }
    const beyond = groups.find((group) => group > groupCount);
    if (beyond !== undefined) {
      this.refuse(replacement, `the regular expression has ${groupCount} groups, so \${${beyond}} is none of them.`);
    }
  }

  field(name: Token): FieldOperand {
    const field = fieldNamed(name.text);
    if (field === undefined) return this.unknownField(name);
    const { type } = fieldOf(field);
    if (type !== 'map') {
      if (this.token.kind === '[') this.refuse(this.token, `${told(field)} is ${TYPES[type]} and has no entries.`);
      return { kind: 'field', field };
    }
    if (this.token.kind !== '[') {
      this.refuse(this.token, `expected \`["name"]\`: ${told(field)} has many entries.`);
    }
    this.take();
    const key = this.need('string', 'a name in quotes');
    this.need(']', '`]`');
    if (key.text === '') this.refuse(key, 'a name cannot be empty.');
    return { kind: 'field', field, key: field === 'http.request.headers' ? key.text.toLowerCase() : key.text };
  }

  unknownField(name: Token): never {
    if (name.text.startsWith('$')) return this.refuse(name, NO_LISTS);
    const meant = nearest(name.text, FIELD_NAMES) ?? FIELD_NAMES.find((known) => known.endsWith(`.${name.text}`));
    return this.refuse(name, `there is no field ${told(name.text)}.${meant ? ` Did you mean \`${meant}\`?` : ''}`);
  }

  // --- operators and values

  operator(type: FieldType, what: string): Operator {
    const { token } = this;
    const allowed = OPERATORS_OF[type];
    const list = allowed.map((name) => `\`${name}\``).join(', ');
    if (token.kind === 'word' && token.text === 'not') {
      this.refuse(token, '`not` stands before the whole condition: not http.host in {...}.');
    }
    const name = OPERATORS.find((known) => known === token.text);
    if (token.kind !== 'word' || name === undefined) {
      const meant = token.kind === 'word' ? nearest(token.text, OPERATORS) : undefined;
      if (meant) this.refuse(token, `there is no operator ${told(token.text)}. Did you mean \`${meant}\`?`);
      this.expected(`an operator after ${what} (${list})`);
    }
    if (!allowed.includes(name)) {
      this.refuse(token, `\`${name}\` cannot be asked of ${what}, which is ${TYPES[type]}. There are ${list}.`);
    }
    this.take();
    return name;
  }

  /** `{` values `}`, at least one, in the order given, each once. */
  set<T>(value: () => T): T[] {
    if (this.token.kind === 'word' && this.token.text.startsWith('$')) this.refuse(this.token, NO_LISTS);
    const opened = this.need('{', '`{` and values');
    const values = [value()];
    while (this.token.kind !== '}') {
      if (this.token.kind === 'end') this.refuse(opened, 'this brace is not closed.');
      if (this.token.kind === ',') this.refuse(this.token, 'values in braces are separated by spaces, without commas.');
      values.push(value());
    }
    this.take();
    const seen = new Set<string>();
    return values.filter((one) => {
      const key = JSON.stringify(one);
      return seen.has(key) ? false : seen.add(key);
    });
  }

  number(field: FieldName): number {
    const token = this.token;
    const value = Number(token.text);
    if (token.kind !== 'word' || !/^\d+$/.test(token.text) || !Number.isSafeInteger(value)) {
      this.expected(`a whole number for ${told(field)}`);
    }
    this.take();
    return value;
  }

  range(field: FieldName): Range {
    const token = this.token;
    const read = token.kind === 'word' ? parseRange(token.text) : undefined;
    if (token.kind === 'string' && parseRange(token.text)) this.refuse(token, 'addresses stand without quotes.');
    if (read === undefined) return this.expected(`an address for ${told(field)}, such as 192.0.2.1`);
    if ('loose' in read) {
      const { base, bits } = read.loose;
      return this.refuse(
        token,
        `${told(token.text)} is an address within a range. Did you mean ${printRange({ base, bits })}?`,
      );
    }
    this.take();
    return read;
  }

  textValue(operand: TextOperand, operator: TextOperator): string {
    const token = this.token;
    if (token.kind === 'word' && token.text.startsWith('$')) this.refuse(token, NO_LISTS);
    if (token.kind === 'word' && !RESERVED.has(token.text)) {
      this.refuse(
        token,
        `expected a text in quotes, found ${told(token.text)}. Write "${told(token.text).slice(1, -1)}".`,
      );
    }
    this.need('string', 'a text in quotes');
    if (operator === 'matches') {
      this.pattern(token, ignoresCase(operand));
      return token.text;
    }
    const value = ignoresCase(operand) ? lowerAscii(token.text) : token.text;
    const fault =
      operand.kind === 'field' && operand.field === 'http.host' ? whyNoHostname(value, operator) : undefined;
    return fault === undefined ? value : this.refuse(token, fault);
  }

  pattern(token: Token, fold: boolean): { groupCount: number } {
    const compiled = compilePattern(token.text, fold);
    if (typeof compiled === 'string') return this.refuse(token, compiled);
    this.patternSteps += compiled.steps;
    if (this.patternSteps > LIMITS.patternSteps) {
      this.refuse(token, `the regular expressions of this rule are too large: ${LIMITS.patternSteps} steps at most.`);
    }
    return compiled;
  }
}
