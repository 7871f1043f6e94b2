import { type FieldName, isCertificateField } from './fields.ts';
import type { Condition, Expression, TextOperand } from './syntax.ts';

/** The opposite; twice is what it was. */
export function negated(part: Expression): Expression {
  return part.kind === 'not' ? part.part : { kind: 'not', part };
}

/** Its conditions, in the order of the text. */
export function conditionsOf(expression: Expression): readonly Condition[] {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.parts.flatMap(conditionsOf);
    case 'not':
      return conditionsOf(expression.part);
    default:
      return [expression];
  }
}

/** The fields of one condition, in the order of the text. */
export function fieldsOfCondition(condition: Condition): readonly FieldName[] {
  switch (condition.kind) {
    case 'always':
      return [];
    case 'text':
    case 'text_in':
    case 'exists':
      return fieldsOfOperand(condition.operand);
    default:
      return [condition.field];
  }
}

/** Every field the expression asks for, once, in the order of the text. */
export function fieldsOf(expression: Expression): readonly FieldName[] {
  return [...new Set(conditionsOf(expression).flatMap(fieldsOfCondition))];
}

export function asksForCertificate(condition: Condition): boolean {
  return fieldsOfCondition(condition).some(isCertificateField);
}

function fieldsOfOperand(operand: TextOperand): readonly FieldName[] {
  switch (operand.kind) {
    case 'field':
      return [operand.field];
    case 'concat':
      return operand.parts.flatMap((part) => (part.kind === 'literal' ? [] : fieldsOfOperand(part)));
    default:
      return fieldsOfOperand(operand.of);
  }
}
