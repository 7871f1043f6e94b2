import * as events from '../../core/audit/events.ts';
import { insert, type Plan, update } from '../../core/store/plan.ts';
import type { Request, Rule, Ruleset, Site } from '../../core/store/rows.ts';

type Who = { accountId: string; actorId: string; at: Date };
type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** So many rules at once are told one by one; of more the audit channel is told their number. */
const TOLD_SINGLY = 5;

/** The events of rules that one request makes or changes. */
export function planRuleEvents(
  who: Who,
  request: Pick<Request, 'id'>,
  action: 'created' | 'changed',
  site: string,
  rules: readonly { rule: Rule; facts: Facts }[],
): Plan {
  const singly = rules.length <= TOLD_SINGLY;
  return [
    ...rules.flatMap(({ rule, facts }) => events.ruleEvent(who, `rule.${action}`, rule, { site, ...facts }, singly)),
    ...(singly ? [] : events.rulesOfMany(who, `rules.${action}`, request, { site, rules: rules.length })),
  ];
}

/** A new ruleset. The site is changed too, so that nobody removes it at this moment without having seen its rules. */
export function planRuleset(site: Site, ruleset: Ruleset): Plan {
  return [update('sites', site, {}), insert('rulesets', ruleset)];
}
