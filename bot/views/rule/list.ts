import type { Button, KnownBlock, Overflow } from '@slack/types';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, option, plain, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { expressionText, ruleActionText, timerText } from '../../../core/slack/rules.ts';
import { bold, code, escapeText, quantity, truncate } from '../../../core/slack/text.ts';
import type { Rule, Site } from '../../../core/store/rows.ts';
import type { Gap } from '../../../core/waf/gaps.ts';
import { timerOf } from '../../../core/waf/timer.ts';
import type { PlacedRule } from './load.ts';

export type SiteRules = { site: Pick<Site, 'id' | 'name'>; rules: readonly PlacedRule[] };

export type RuleListModel = {
  sites: readonly SiteRules[];
  /** Sentences of edges about what they cannot express. */
  inexpressible: readonly string[];
  /** Where rules that are on cannot be enforced, by the rule's id. */
  gaps: ReadonlyMap<string, readonly Gap[]>;
  /** The rule of the only site from which the list begins, from 0. */
  from: number;
  now: Date;
};

/** Slack holds 50 blocks and about 13,000 characters in one message. */
const RULES_SHOWN = 20;
const CHARACTERS = 9_500;
const EXPRESSION = 400;
const SENTENCES_SHOWN = 5;
const EDGES_NAMED = 2;
const SITES_NAMED = 10;

/** The rules of each site, first to last: the order in which edges ask them. */
export function buildRuleList({ sites, inexpressible, gaps, from, now }: RuleListModel): SlackMessage {
  const only = sites.length === 1 ? sites[0] : undefined;
  const total = sites.reduce((sum, { rules }) => sum + rules.length, 0);
  const bare = sites.filter(({ rules }) => rules.length === 0).map(({ site }) => site.name);
  const rows = sites.flatMap((one) => one.rules.map((placed, index) => ({ one, placed, index })));
  const blocks: KnownBlock[] = [];
  let [shown, characters] = [0, 0];
  for (const { one, placed, index } of rows.slice(from)) {
    const found = gaps.get(placed.rule.id) ?? [];
    const text = ruleText(placed, { withRuleset: rulesetsOf(one.rules) > 1, gaps: found, now });
    characters += text.length;
    if (shown === RULES_SHOWN || (characters > CHARACTERS && shown > 0)) break;
    if (index === 0 || shown === 0) blocks.push(section(`*Rules of* ${code(one.site.name)} (${one.rules.length})`));
    blocks.push({ ...section(text), accessory: menuOf(placed.rule) });
    shown += 1;
  }
  const next = from + shown;
  return {
    text: summary(only, sites.length, total),
    blocks: [
      ...blocks,
      ...(next < total
        ? [
            context(
              `${quantity(total - next, 'more rule')}.${only ? '' : ' Name the site: `/mtls waf list example.com`'}`,
            ),
          ]
        : []),
      ...(bare.length === 0 ? [] : [section(bareText(bare))]),
      ...(inexpressible.length === 0 ? [] : [section(inexpressibleText(inexpressible))]),
      actions('rules', buttons(only?.site, total === 0, next < total ? next : undefined)),
    ],
  };
}

/** Of an answer about one rule: *Delete…*, which asks once more. */
export function deleteRuleButton(rule: Pick<Rule, 'id' | 'name'>): Button {
  return {
    ...button({
      label: 'Delete…',
      action: ACTIONS.deleteRule,
      value: rule.id,
      style: 'danger',
      spoken: `Delete the rule ${rule.name}`,
    }),
    confirm: {
      title: plain('Delete this rule?', 100),
      text: plain(`${rule.name}: requests that it denies reach the origin then. Its number is not used again.`, 300),
      confirm: plain('Delete', 30),
      deny: plain('Keep', 30),
      style: 'danger',
    },
  };
}

function ruleText(
  { rule, ruleset, position }: PlacedRule,
  { withRuleset, gaps, now }: { withRuleset: boolean; gaps: readonly Gap[]; now: Date },
): string {
  const facts = [
    ruleset.status === 'on' ? rule.status : `${rule.status}, but its ruleset is off`,
    ruleActionText(rule),
    `number ${code(String(rule.number))}`,
    ...(withRuleset ? [`ruleset ${code(String(ruleset.number))}`] : []),
  ];
  const timer = timerOf(rule.config);
  return [
    `${position}. ${bold(truncate(rule.name, 128))}: ${facts.join(', ')}`,
    expressionText(rule.expression, EXPRESSION),
    ...(timer ? [timerText(timer, now)] : []),
    ...gapTold(rule, gaps),
  ].join('\n');
}

/** Where it is left out, as somebody has accepted, and where it denies what it cannot decide. */
function gapTold({ number, action, acceptedGaps }: Rule, gaps: readonly Gap[]): string[] {
  if (gaps.length === 0) return [];
  if (action === 'monitor') return [`:warning: ${edgesNamed(gaps)} cannot watch by it.`];
  const isAccepted = ({ edge }: Gap) => acceptedGaps.includes(edge.id);
  const left = gaps.filter(isAccepted);
  const open = gaps.filter((gap) => !isAccepted(gap));
  const denies = open.length === 1 ? 'denies' : 'deny';
  return [
    ...(left.length === 0 ? [] : [`:warning: Not enforced by ${edgesNamed(left)}, as accepted.`]),
    ...(open.length === 0
      ? []
      : [
          `:warning: ${edgesNamed(open)} cannot enforce it and ${denies} instead (503): \`/mtls waf enable ${number}\``,
        ]),
  ];
}

function edgesNamed(gaps: readonly Gap[]): string {
  const named = gaps.slice(0, EDGES_NAMED).map(({ edge }) => bold(edge.name));
  return gaps.length > EDGES_NAMED ? `${named.join(', ')} and ${gaps.length - EDGES_NAMED} more` : named.join(' and ');
}

/** What the menu beside a rule does; the value is `VERB:RULE`. */
function menuOf(rule: Rule): Overflow {
  return {
    type: 'overflow',
    action_id: ACTIONS.rule,
    options: [
      option('Edit…', `edit:${rule.id}`),
      rule.status === 'on' ? option('Switch off', `disable:${rule.id}`) : option('Switch on…', `enable:${rule.id}`),
      option('Delete…', `delete:${rule.id}`),
    ],
  };
}

function buttons(site: SiteRules['site'] | undefined, isFirst: boolean, next: number | undefined): Button[] {
  return [
    ...(next === undefined || !site
      ? []
      : [button({ label: 'More rules', action: ACTIONS.openRules, value: `${site.id}:${next}` })]),
    button({
      label: 'New rule…',
      action: ACTIONS.openRuleAdd,
      value: site?.id ?? '',
      ...(isFirst ? { style: 'primary' as const } : {}),
    }),
    button({ label: 'Test a request…', action: ACTIONS.openRuleTest, value: site?.name ?? '' }),
  ];
}

function summary(only: SiteRules | undefined, sites: number, total: number): string {
  const where = only ? only.site.name : `${sites} sites`;
  return total === 0 ? `There is no rule for ${where}.` : `The rules of ${where} (${total}), in their order.`;
}

function bareText(names: readonly string[]): string {
  const named = names.slice(0, SITES_NAMED).map((name) => code(truncate(name, 100)));
  const more = names.length > SITES_NAMED ? ` and ${quantity(names.length - SITES_NAMED, 'more site')}` : '';
  return `No rule for ${named.join(', ')}${more}: every request reaches the origin, with a certificate or without.`;
}

function inexpressibleText(sentences: readonly string[]): string {
  const more = sentences.length > SENTENCES_SHOWN ? `\n… and ${sentences.length - SENTENCES_SHOWN} more.` : '';
  const lines = sentences.slice(0, SENTENCES_SHOWN).map((one) => `• ${escapeText(truncate(one, 300))}`);
  return `:warning: *What edges cannot do*\n${lines.join('\n')}${more}`;
}

const rulesetsOf = (rules: readonly PlacedRule[]) => new Set(rules.map(({ ruleset }) => ruleset.id)).size;
