import type { CompiledTree } from './compile.ts';
import type { Facts } from './facts.ts';
import { printCondition } from './print.ts';

export type Explanation = {
  matched: boolean;
  /** The conditions that made it so, in the order of the text: had all of these been otherwise, so might the answer. */
  because: readonly Decided[];
};

/** `saw`: what the request has there; empty where it has nothing. */
export type Decided = { condition: string; column: number; held: boolean; saw: readonly string[] };

/**
 * Of `and` that is false, and of `or` that is true, the first part that decides; otherwise all parts had to be as they
 * are, and all are told.
 */
export function explain(tree: CompiledTree, facts: Facts): Explanation {
  if (tree.kind === 'condition') {
    const held = tree.test(facts);
    const { condition } = tree;
    const decided = { condition: printCondition(condition), column: condition.column, held, saw: tree.saw(facts) };
    return { matched: held, because: [decided] };
  }
  if (tree.kind === 'not') {
    const { matched, because } = explain(tree.part, facts);
    return { matched: !matched, because };
  }
  const deciding = tree.kind === 'or';
  const parts = tree.parts.map((part) => explain(part, facts));
  const first = parts.find((part) => part.matched === deciding);
  return first ?? { matched: !deciding, because: parts.flatMap((part) => part.because) };
}
