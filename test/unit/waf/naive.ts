import type { Address, Range } from '../../../core/waf/address.ts';
import type { Facts } from '../../../core/waf/facts.ts';
import { FIELDS, type FieldName } from '../../../core/waf/fields.ts';
import type { Condition, Expression, TextOperand } from '../../../core/waf/syntax.ts';

/**
 * A second reading of the language, as plain as can be: it walks the tree for each request, with lists where the
 * compiler has sets, bits where it has octets, and JavaScript's own regular expressions.
 */
export function interpret(expression: Expression, facts: Facts): boolean {
  switch (expression.kind) {
    case 'and':
      return !expression.parts.map((part) => interpret(part, facts)).includes(false);
    case 'or':
      return expression.parts.map((part) => interpret(part, facts)).includes(true);
    case 'not':
      return !interpret(expression.part, facts);
    default:
      return interpretCondition(expression, facts);
  }
}

function interpretCondition(condition: Condition, facts: Facts): boolean {
  switch (condition.kind) {
    case 'always':
      return condition.value;
    case 'flag':
      return FIELDS[condition.field].read(facts);
    case 'exists':
      return valuesOf(condition.operand.field, condition.operand.key, facts).length > 0;
    case 'text':
    case 'text_in': {
      const { operand } = condition;
      const folded = operand.kind === 'field' && 'ignoresCase' in FIELDS[operand.field];
      const fold = (text: string) => (folded ? asciiLower(text) : text);
      return textsOf(operand, facts).some((text) => {
        if (condition.kind === 'text_in') return condition.values.map(fold).includes(fold(text));
        const { operator, value } = condition;
        if (operator === 'matches') return new RegExp(value, folded ? 'i' : '').test(text);
        const [a, b] = [fold(text), fold(value)];
        if (operator === 'eq') return a === b;
        if (operator === 'contains') return a.split(b).length > 1 || b === '';
        if (operator === 'starts_with') return a.slice(0, b.length) === b;
        return b === '' || a.slice(-b.length) === b;
      });
    }
    case 'address':
      return bitsOf(facts.client) === bitsOf(condition.value);
    case 'address_in':
      return condition.ranges.some((range) => inside(facts.client, range));
    default:
      // No number is supplied by any request.
      return false;
  }
}

function valuesOf(name: FieldName, key: string | undefined, facts: Facts): readonly string[] {
  const field = FIELDS[name];
  if (field.type === 'map') return field.read(facts, key as string);
  const value: unknown = field.read(facts);
  return value === undefined ? [] : [String(value)];
}

function textsOf(operand: TextOperand, facts: Facts): readonly string[] {
  switch (operand.kind) {
    case 'field': {
      const values = valuesOf(operand.field, operand.key, facts);
      return values.length === 0 && operand.key === undefined ? [''] : values;
    }
    case 'lower':
      return textsOf(operand.of, facts).map(asciiLower);
    case 'concat':
      return [operand.parts.map((part) => (part.kind === 'literal' ? part.value : textsOf(part, facts)[0])).join('')];
    default:
      return textsOf(operand.of, facts).map((text) =>
        text.replace(new RegExp(operand.pattern), (...found) =>
          operand.replacement.replace(/\$\{(\d)\}/g, (_, group) => found[Number(group)] ?? ''),
        ),
      );
  }
}

const asciiLower = (text: string) =>
  [...text].map((letter) => (letter >= 'A' && letter <= 'Z' ? letter.toLowerCase() : letter)).join('');

const bitsOf = (address: Address) => [...address].map((octet) => octet.toString(2).padStart(8, '0')).join('');

function inside(address: Address, range: Range): boolean {
  const [a, b] = [bitsOf(address), bitsOf(range.base)];
  return a.length === b.length && a.slice(0, range.bits) === b.slice(0, range.bits);
}
