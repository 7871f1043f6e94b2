import { compileExpression } from './compile.ts';
import type { Explanation } from './explain.ts';
import type { Facts } from './facts.ts';

/** A rule in its place. */
export type JudgedRule = { expression: string; action: string; isOn: boolean };

export type Judgement<R extends JudgedRule> = {
  /** The first rule that denies: it ends the request. */
  denied: Explained<R> | undefined;
  /** Rules that only watch, and matched before it. */
  monitored: readonly Explained<R>[];
  /** Rules that were asked and did not match. */
  passed: readonly Explained<R>[];
  /** Rules that are off, or not in force now, and would have matched. */
  idle: readonly Explained<R>[];
};
export type Explained<R> = { rule: R; because: Explanation['because'] };

/**
 * What rules say to one request and why, as edges decide it.
 * @param rules those for its hostname, in their order.
 * @throws CountersignError `rule_refused` for an expression that cannot be read.
 */
export function judge<R extends JudgedRule>(rules: readonly R[], facts: Facts): Judgement<R> {
  const monitored: Explained<R>[] = [];
  const passed: Explained<R>[] = [];
  const idle: Explained<R>[] = [];
  let denied: Explained<R> | undefined;
  for (const rule of rules) {
    const { matched, because } = compileExpression(rule.expression).explain(facts);
    const explained = { rule, because };
    if (!rule.isOn) {
      if (matched) idle.push(explained);
    } else if (denied === undefined) {
      if (!matched) passed.push(explained);
      else if (rule.action === 'deny') denied = explained;
      else monitored.push(explained);
    }
  }
  return { denied, monitored, passed, idle };
}
