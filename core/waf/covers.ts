import { printRange } from './address.ts';
import { clausesOf, type Literal } from './clauses.ts';
import { printCondition, printExpression, printOperand } from './print.ts';
import type { Condition, Expression } from './syntax.ts';

/** Above so many comparisons of alternatives nothing is proven: such rules are changed by hand and looked at by a second person. */
const MOST_COMPARISONS = 10_000;

/**
 * Whether `wide` provably matches every request that `narrow` matches. True only with a proof: it is the same
 * expression, alternatives or hostnames were added, conditions were dropped. False says nothing.
 */
export function covers(wide: Expression, narrow: Expression): boolean {
  if (printExpression(wide) === printExpression(narrow)) return true;
  const wides = clausesOf(wide);
  const narrows = clausesOf(narrow);
  if (wides.length * narrows.length > MOST_COMPARISONS) return false;
  return narrows.every((clause) => wides.some((weaker) => weaker.every((literal) => follows(literal, clause))));
}

function follows(wanted: Literal, given: readonly Literal[]): boolean {
  return given.some((literal) => literal.holds === wanted.holds && implies(literal, wanted));
}

/** `a eq "x"` implies `a in {"x" "y"}`; denied, the other way round. */
function implies(given: Literal, wanted: Literal): boolean {
  const [small, large] = given.holds ? [given, wanted] : [wanted, given];
  const few = choiceOf(small.condition);
  const many = choiceOf(large.condition);
  if (few && many && few.of === many.of) return few.values.every((value) => many.values.includes(value));
  return printCondition(given.condition) === printCondition(wanted.condition);
}

/** A condition that is true for some values: of what, and which. */
function choiceOf(condition: Condition): { of: string; values: readonly string[] } | undefined {
  switch (condition.kind) {
    case 'text':
      if (condition.operator !== 'eq') return undefined;
      return { of: printOperand(condition.operand), values: [condition.value] };
    case 'text_in':
      return { of: printOperand(condition.operand), values: condition.values };
    case 'number':
      return condition.operator === 'eq' ? { of: condition.field, values: [String(condition.value)] } : undefined;
    case 'number_in':
      return { of: condition.field, values: condition.values.map(String) };
    case 'address':
      return { of: condition.field, values: [printRange({ base: condition.value, bits: condition.value.length * 8 })] };
    case 'address_in':
      return { of: condition.field, values: condition.ranges.map(printRange) };
    default:
      return undefined;
  }
}
