import { bold, code, escapeText } from '../../core/slack/text.ts';
import type { Rule, Ruleset, Site } from '../../core/store/rows.ts';
import { inOrder, isInForceNow } from '../../core/waf/order.ts';
import type { Gated } from '../approvals/gate.ts';
import { rulesCard } from './card.ts';
import type { RuleStock } from './load.ts';

/** The rules of a ruleset that deny requests as things are. */
export function protectingIn(stock: RuleStock, ruleset: Ruleset): Rule[] {
  return inOrder(ruleset, stock.rules).filter((rule) => isInForceNow(ruleset, rule));
}

/**
 * What a second person is asked when a whole ruleset is switched or deleted: only if it protects.
 * What is approved is about the rules that are in it now: with another one in it, it is asked anew.
 */
export function rulesetGate(
  site: Site,
  ruleset: Ruleset,
  protecting: readonly Rule[],
  verb: 'Switch on' | 'Switch off' | 'Delete',
): Pick<Gated, 'gate' | 'targets' | 'card'> {
  const shown = protecting.map((rule) => ({ rule, after: null }));
  const { facts, risk } = rulesCard(site.name, shown);
  return {
    gate: protecting.length > 0 ? 'rule_weaken' : [],
    targets: [
      { table: 'rulesets', id: ruleset.id, version: ruleset.version },
      ...protecting.map((rule) => ({ table: 'rules' as const, id: rule.id, version: rule.version })),
    ],
    card: {
      what: `${verb} the ruleset ${bold(ruleset.name)} of ${code(site.name)}`,
      plain: `${verb} the ruleset ${escapeText(ruleset.name)} of ${escapeText(site.name)}`,
      facts,
      because: '',
      evidence: null,
      risk: protecting.length > 0 ? risk : 'None: no rule in it denies anything.',
    },
  };
}
