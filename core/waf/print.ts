import { printAddress, printRange } from './address.ts';
import type { Condition, Expression, TextOperand } from './syntax.ts';

/**
 * The expression as text, in one way for each meaning: read again it is the same tree, and two expressions that differ
 * in spaces, needless parentheses or aliases alone print alike.
 */
export function printExpression(expression: Expression): string {
  return print(expression, 'or');
}

type Place = 'or' | 'and' | 'not';

function print(expression: Expression, place: Place): string {
  switch (expression.kind) {
    case 'or':
      return inParentheses(place !== 'or', expression.parts.map((part) => print(part, 'and')).join(' or '));
    case 'and':
      // Within `or` parentheses are not needed and easier on the eye.
      return inParentheses(place !== 'or', expression.parts.map((part) => print(part, 'and')).join(' and '));
    case 'not':
      return printNot(expression.part);
    default:
      return printCondition(expression);
  }
}

function printNot(part: Expression): string {
  switch (part.kind) {
    case 'number':
    case 'text':
      return part.operator === 'eq' ? printCondition(part, 'ne') : `not ${printCondition(part)}`;
    case 'address':
      return printCondition(part, 'ne');
    default:
      return `not ${print(part, 'not')}`;
  }
}

/** @param equals how `eq` is written; `ne` for the opposite. */
export function printCondition(condition: Condition, equals: 'eq' | 'ne' = 'eq'): string {
  switch (condition.kind) {
    case 'always':
      return String(condition.value);
    case 'flag':
      return condition.field;
    case 'exists':
      return `exists(${printOperand(condition.operand)})`;
    case 'text': {
      const { operand, operator, value } = condition;
      return operator === 'starts_with' || operator === 'ends_with'
        ? `${operator}(${printOperand(operand)}, ${quote(value)})`
        : `${printOperand(operand)} ${operator === 'eq' ? equals : operator} ${quote(value)}`;
    }
    case 'text_in':
      return `${printOperand(condition.operand)} in ${braces(condition.values.map(quote))}`;
    case 'number': {
      const { field, operator, value } = condition;
      return `${field} ${operator === 'eq' ? equals : operator} ${value}`;
    }
    case 'number_in':
      return `${condition.field} in ${braces(condition.values.map(String))}`;
    case 'address':
      return `${condition.field} ${equals} ${printAddress(condition.value)}`;
    default:
      return `${condition.field} in ${braces(condition.ranges.map(printRange))}`;
  }
}

export function printOperand(operand: TextOperand | { kind: 'literal'; value: string }): string {
  switch (operand.kind) {
    case 'literal':
      return quote(operand.value);
    case 'field':
      return operand.key === undefined ? operand.field : `${operand.field}[${quote(operand.key)}]`;
    case 'lower':
      return `lower(${printOperand(operand.of)})`;
    case 'concat':
      return `concat(${operand.parts.map(printOperand).join(', ')})`;
    default: {
      const { of, pattern, replacement } = operand;
      return `regex_replace(${printOperand(of)}, ${quote(pattern)}, ${quote(replacement)})`;
    }
  }
}

/** Of backslashes only those need a second one that would otherwise be read as an escape. */
function quote(text: string): string {
  return `"${text.replace(/\\(?=["\\]|$)|"/g, '\\$&')}"`;
}

function braces(values: readonly string[]): string {
  return `{${values.join(' ')}}`;
}

function inParentheses(needed: boolean, text: string): string {
  return needed ? `(${text})` : text;
}
