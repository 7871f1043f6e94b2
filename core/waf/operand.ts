import { fieldOf } from './fields.ts';
import type { TextOperand } from './syntax.ts';

/** Whether a request can have several texts for it: an entry of a map, or what is made of one. */
export function hasSeveral(operand: TextOperand): boolean {
  switch (operand.kind) {
    case 'field':
      return operand.key !== undefined;
    case 'concat':
      return false;
    default:
      return hasSeveral(operand.of);
  }
}

/** Whether it is compared without regard to case: a field that is, not what a function makes of it. */
export function ignoresCase(operand: TextOperand): boolean {
  if (operand.kind !== 'field') return false;
  const field = fieldOf(operand.field);
  return field.type === 'text' && field.ignoresCase === true;
}

/** As `lower()` and all comparisons without regard to case see it: A to Z alone (the vendor's rule). */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
