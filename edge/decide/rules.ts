import type { PolicyRule } from '../../core/snapshot/policy.ts';
import { compileExpression, type Test } from '../../core/waf/compile.ts';
import type { Facts } from '../../core/waf/facts.ts';
import { isInForce } from '../../core/waf/timer.ts';

export type PreparedRule = PolicyRule & {
  matches: Test;
  /** Why the expression could not be read. */
  problem: string | undefined;
};

export type RulesDecision = {
  /** The rule that denies, the first in their order. */
  denied: PreparedRule | undefined;
  /** Rules that only watch, and matched before it. */
  monitored: readonly PreparedRule[];
};

/**
 * A rule that cannot be read, because it is in a newer form of the language than this edge knows, must not fail open:
 * one that denies then denies everything of its site, with 503, and whoever runs the edge is told.
 */
export function prepareRule(rule: PolicyRule): PreparedRule {
  try {
    return { ...rule, matches: compileExpression(rule.expression).evaluate, problem: undefined };
  } catch (error) {
    const denies = rule.action === 'deny';
    return { ...rule, status: denies ? 503 : rule.status, matches: () => denies, problem: (error as Error).message };
  }
}

/** The rules for a hostname, those of every site that it is within, in the order of the policy. */
export function rulesByHostname(rules: readonly PreparedRule[]): (hostname: string) => readonly PreparedRule[] {
  const bySite = new Map<string, { order: number; rule: PreparedRule }[]>();
  for (const [order, rule] of rules.entries()) {
    const others = bySite.get(rule.site);
    if (others) others.push({ order, rule });
    else bySite.set(rule.site, [{ order, rule }]);
  }
  const found = new Map<string, readonly PreparedRule[]>();
  return (hostname) => {
    const known = found.get(hostname);
    if (known) return known;
    const labels = hostname.split('.');
    const sites = labels.map((_, index) => labels.slice(index).join('.'));
    const own = sites
      .flatMap((site) => bySite.get(site) ?? [])
      .sort((a, b) => a.order - b.order)
      .map(({ rule }) => rule);
    // Below a wildcard anybody can ask for any name.
    if (found.size < 10_000) found.set(hostname, own);
    return own;
  };
}

/**
 * @param rules those for the request's hostname, in their order; the first that denies ends it
 * @param at the time of the request: rules with a timer are in force at some times only
 */
export function decideByRules(rules: readonly PreparedRule[], facts: Facts, at: Date): RulesDecision {
  const monitored: PreparedRule[] = [];
  for (const rule of rules) {
    if (!isInForce(rule.timer, at) || !rule.matches(facts)) continue;
    if (rule.action === 'deny') return { denied: rule, monitored };
    monitored.push(rule);
  }
  return { denied: undefined, monitored };
}
