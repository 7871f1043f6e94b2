import type { Rule, Ruleset } from '../rows.ts';

/** Rules and rulesets of a site. Deleted ones keep their rows, so that no number is given twice. */
export type RuleQuestions = {
  /** Those that are not deleted, by number. */
  rulesets(siteId: string): Promise<Ruleset[]>;
  /** Those that are not deleted, by number; their order is in their rulesets. */
  rules(siteId: string): Promise<Rule[]>;
  /** Also a deleted one. */
  rulesetByNumber(siteId: string, number: number): Promise<Ruleset | undefined>;
  /** Also a deleted one. */
  ruleByNumber(siteId: string, number: number): Promise<Rule | undefined>;
  /** Also deleted ones; in no order. */
  rulesByIds(ids: readonly string[]): Promise<Rule[]>;
  ruleset(id: string): Promise<Ruleset | undefined>;
  /** The account's rule with this number that is not deleted. */
  ruleNumbered(accountId: string, number: number): Promise<Rule | undefined>;
  /** How many these sites (at most 1,000) have that are not deleted. */
  countRules(siteIds: readonly string[]): Promise<{ rules: number; rulesets: number }>;
  /** The highest number ever given, by whichever account; 0 when none was. */
  highestRuleNumbers(): Promise<{ rule: number; ruleset: number }>;
};
