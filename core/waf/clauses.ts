import type { Condition, Expression } from './syntax.ts';

/** A condition that has to hold (`holds`), or not to. */
export type Literal = { condition: Condition; holds: boolean };

/**
 * The expression as alternatives, each of which is a list of conditions that hold together (disjunctive normal form).
 * Twenty conditions make 1,458 alternatives at most: six times (a or b or c), and (d or e).
 */
export function clausesOf(expression: Expression, holds = true): readonly (readonly Literal[])[] {
  switch (expression.kind) {
    case 'not':
      return clausesOf(expression.part, !holds);
    case 'and':
    case 'or': {
      const parts = expression.parts.map((part) => clausesOf(part, holds));
      // The opposite of `and` is the `or` of the opposites.
      return (expression.kind === 'or') === holds ? parts.flat() : parts.reduce(product);
    }
    case 'always':
      return expression.value === holds ? [[]] : [];
    default:
      return [[{ condition: expression, holds }]];
  }
}

function product(left: readonly (readonly Literal[])[], right: readonly (readonly Literal[])[]) {
  return left.flatMap((a) => right.map((b) => [...a, ...b]));
}
