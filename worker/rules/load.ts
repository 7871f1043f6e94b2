import { CountersignError } from '../../core/errors.ts';
import { expect, type Plan } from '../../core/store/plan.ts';
import type { Rule, Ruleset } from '../../core/store/rows.ts';
import { FIRST_RULE_NUMBER, FIRST_RULESET_NUMBER } from '../../core/waf/order.ts';
import type { JobDeps } from '../deps.ts';

/** Rules of a site as they were read, all of them: quota, order and numbers are decided on the whole. */
export type RuleStock = {
  rulesets: readonly Ruleset[];
  rules: readonly Rule[];
  /** The next numbers. */
  next: { rule: number; ruleset: number };
};

/**
 * The numbers are read first: whoever adds a rule or ruleset after that takes the same number, and the unique rule of
 * the table lets one of the two be overtaken. So nobody decides on a list that lacks what another has just added.
 */
export async function loadRules(deps: Pick<JobDeps, 'store'>, siteId: string): Promise<RuleStock> {
  const highest = await deps.store.highestRuleNumbers();
  const rulesets = await deps.store.rulesets(siteId);
  const rules = await deps.store.rules(siteId);
  return {
    rulesets,
    rules,
    next: {
      rule: Math.max(highest.rule + 1, FIRST_RULE_NUMBER),
      ruleset: Math.max(highest.ruleset + 1, FIRST_RULESET_NUMBER),
    },
  };
}

/** @throws CountersignError `not_found`. */
export function rulesetIn(stock: RuleStock, rulesetId: string): Ruleset {
  const found = stock.rulesets.find(({ id }) => id === rulesetId);
  if (!found) throw new CountersignError('not_found', { userMessage: 'There is no such ruleset in this site.' });
  return found;
}

/** @throws CountersignError `not_found`. */
export function ruleIn(stock: RuleStock, ruleId: string): { rule: Rule; ruleset: Ruleset } {
  const rule = stock.rules.find(({ id }) => id === ruleId);
  const ruleset = rule && stock.rulesets.find(({ id }) => id === rule.rulesetId);
  if (!rule || !ruleset) {
    throw new CountersignError('not_found', { userMessage: 'There is no such rule in this site.' });
  }
  return { rule, ruleset };
}

/** Fails when any ruleset has got or lost a rule, or was switched, since the stock was read. */
export function expectRulesets(stock: RuleStock, changed: readonly Pick<Ruleset, 'id'>[]): Plan {
  const ids = new Set(changed.map(({ id }) => id));
  return stock.rulesets.filter(({ id }) => !ids.has(id)).map((ruleset) => expect('rulesets', ruleset));
}
