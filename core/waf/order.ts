import type { Rule, Ruleset } from '../store/rows.ts';

/** What a site can have; the vendor's largest plan has so many rules. */
export const MOST_RULES = 200;
export const MOST_RULESETS = 20;
/** Where the vendor's numbers begin, as its samples have them. */
export const FIRST_RULE_NUMBER = 20_000_001;
export const FIRST_RULESET_NUMBER = 10_000_001;
/** The only phase there is. */
export const PHASE = 'http_custom';

/** The rules of a ruleset, first to last: the order in which they are asked. */
export function inOrder(ruleset: Pick<Ruleset, 'order'>, rules: readonly Rule[]): Rule[] {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  return ruleset.order.flatMap((id) => byId.get(id) ?? []);
}

/** @param position from 1; beyond the end is the end. */
export function moveTo(order: readonly string[], id: string, position: number): string[] {
  const others = order.filter((other) => other !== id);
  return others.toSpliced(position - 1, 0, id);
}

/** Whether requests are denied by it as things are. */
export function isInForceNow(ruleset: Pick<Ruleset, 'status'>, rule: Pick<Rule, 'status' | 'action'>): boolean {
  return ruleset.status === 'on' && rule.status === 'on' && rule.action === 'deny';
}
