import type { Address, Range } from './address.ts';
import type { FieldName, FieldOf } from './fields.ts';

/**
 * The tree of an expression whose names and types are right. `ne` is `not` around `eq`, so that both always mean the
 * opposite of each other. `column` is where a condition begins in the text it was read from; it has no other meaning.
 */
export type Expression =
  | { kind: 'and' | 'or'; parts: readonly Expression[] }
  | { kind: 'not'; part: Expression }
  | Condition;

export type Condition = { column: number } & (
  | { kind: 'always'; value: boolean }
  | { kind: 'flag'; field: FieldOf<'boolean'> }
  | { kind: 'exists'; operand: FieldOperand }
  | { kind: 'text'; operand: TextOperand; operator: TextOperator; value: string }
  | { kind: 'text_in'; operand: TextOperand; values: readonly string[] }
  | { kind: 'number'; field: FieldOf<'number'>; operator: NumberOperator; value: number }
  | { kind: 'number_in'; field: FieldOf<'number'>; values: readonly number[] }
  | { kind: 'address'; field: FieldOf<'address'>; value: Address }
  | { kind: 'address_in'; field: FieldOf<'address'>; ranges: readonly Range[] }
);

export const TEXT_OPERATORS = ['eq', 'contains', 'matches', 'starts_with', 'ends_with'] as const;
export type TextOperator = (typeof TEXT_OPERATORS)[number];

export const NUMBER_OPERATORS = ['eq', 'gt', 'ge', 'lt', 'le'] as const;
export type NumberOperator = (typeof NUMBER_OPERATORS)[number];

/** A field, or one entry of a map. */
export type FieldOperand = { kind: 'field'; field: FieldName; key?: string };

export type TextOperand =
  | FieldOperand
  | { kind: 'lower'; of: TextOperand }
  | { kind: 'concat'; parts: readonly (TextOperand | { kind: 'literal'; value: string })[] }
  | { kind: 'regex_replace'; of: TextOperand; pattern: string; replacement: string };
