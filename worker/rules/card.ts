import type { Card } from '../../core/approvals/card.ts';
import { canonicalJson } from '../../core/canonical-json.ts';
import { bold, code, escapeText, truncate } from '../../core/slack/text.ts';
import type { Rule } from '../../core/store/rows.ts';

type Shown = Pick<Rule, 'expression' | 'action' | 'status' | 'config'>;
/** What becomes of a rule; `after` null: it is deleted. */
export type RuleChange = { rule: Rule; after: Shown | null };

/** As many rules as a card names; of more it says how many. */
const NAMED = 3;
/** Of an expression, as it stands in the card: a field of Slack's has 2,000 characters. */
const SHOWN = 1_500;
const SETTINGS_SHOWN = 1_000;

/** What an approver is asked when rules are changed or deleted. */
export function rulesCard(site: string, changes: readonly RuleChange[]): Card {
  const [only] = changes;
  const verb = verbOf(changes);
  const single = changes.length === 1 && only !== undefined;
  const more = changes.length - NAMED;
  return {
    what: `${verb} ${single ? `the rule ${bold(only.rule.name)}` : `${changes.length} rules`} of ${escapeText(site)}`,
    plain: `${verb} ${single ? `the rule ${escapeText(only.rule.name)}` : `${changes.length} rules`} of ${escapeText(site)}`,
    facts: [
      ['Site', code(site)],
      ...changes.slice(0, NAMED).flatMap(factsOf),
      ...(more > 0
        ? [[more === 1 ? 'One more rule' : `${more} more rules`, briefly(changes.slice(NAMED))] as const]
        : []),
    ],
    because: '',
    evidence: null,
    risk: 'Requests that are denied now may reach the origin.',
  };
}

/** What an approver is asked when an API key makes rules and does not act alone. */
export function newRulesCard(site: string, drafts: readonly (Shown & { name: string | null })[]): Card {
  const many = drafts.length === 1 ? 'a rule' : `${drafts.length} rules`;
  const more = drafts.length - NAMED;
  return {
    what: `Make ${many} for ${code(site)}`,
    plain: `Make ${many} for ${escapeText(site)}`,
    facts: [
      ...drafts.slice(0, NAMED).map((draft, index): [string, string] => {
        const name = draft.name === null ? '' : `${bold(truncate(draft.name, 60))}, `;
        return [`Rule ${index + 1}`, `${name}${summary(draft, 0)}`];
      }),
      ...(more > 0
        ? [[more === 1 ? 'One more rule' : `${more} more rules`, namesOf(drafts.slice(NAMED))] as const]
        : []),
    ],
    because: '',
    evidence: null,
    risk: 'Requests that these rules deny do not reach the origin.',
  };
}

function namesOf(drafts: readonly { name: string | null }[]): string {
  return within(drafts.map(({ name }) => name ?? 'without a name').join(', '), SHOWN);
}

function verbOf(changes: readonly RuleChange[]): string {
  if (changes.every(({ after }) => after === null)) return 'Delete';
  const off = changes.every(({ rule, after }) => rule.status === 'on' && after?.status === 'off');
  return off ? 'Switch off' : 'Change';
}

/** By what becomes of them, with their numbers: a batch has 100 rules, and all of them are approved. */
function briefly(changes: readonly RuleChange[]): string {
  const numbers = new Map<string, number[]>();
  for (const change of changes) {
    const becomes = becoming(change);
    numbers.set(becomes, [...(numbers.get(becomes) ?? []), change.rule.number]);
  }
  return [...numbers].map(([becomes, which]) => `${becomes}: ${which.join(', ')}`).join('\n');
}

function becoming({ rule, after }: RuleChange): string {
  if (after === null) return 'deleted';
  const parts = [
    after.status === rule.status ? '' : after.status,
    after.action === rule.action ? '' : after.action,
    after.expression === rule.expression ? '' : 'another expression',
    settingsOf(after) === settingsOf(rule) ? '' : 'other settings',
  ];
  return parts.filter((part) => part !== '').join(', ') || 'another name or place';
}

function factsOf(change: RuleChange): [string, string][] {
  const { rule, after } = change;
  const settings = after === null ? [] : settingFacts(rule, after);
  return [...expressionFacts(change), ...settings];
}

/** Such as the hours in which it is in force: what nobody sees, nobody has approved. */
function settingFacts(rule: Rule, after: Shown): [string, string][] {
  const [now, then] = [settingsOf(rule), settingsOf(after)];
  if (now === then) return [];
  return [
    [`Rule ${rule.number}, settings now`, within(now, SETTINGS_SHOWN)],
    [`Rule ${rule.number}, settings then`, within(then, SETTINGS_SHOWN)],
  ];
}

/** What a configuration holds besides what is shown by itself. */
function settingsOf({ config }: Shown): string {
  const { Name, Notes, Expression, Action, Status, ...rest } = config;
  return canonicalJson(rest);
}

function expressionFacts({ rule, after }: RuleChange): [string, string][] {
  const name = `${bold(truncate(rule.name, 60))}, `;
  if (after === null || after.expression === rule.expression) {
    const then = after && summary(after, 0) !== summary(rule, 0) ? ` (then ${after.action}, ${after.status})` : '';
    return [[`Rule ${rule.number}`, `${name}${summary(rule, 0)}${then}`]];
  }
  // Of two long expressions that part, what matters is where they part.
  const parts = firstDifference(rule.expression, after.expression);
  const from = Math.max(rule.expression.length, after.expression.length) > SHOWN ? Math.max(0, parts - 80) : 0;
  return [
    [`Rule ${rule.number}, now`, `${name}${summary(rule, from)}`],
    [`Rule ${rule.number}, then`, summary(after, from)],
  ];
}

/** @param from the character at which the expression is shown from. */
function summary({ expression, action, status }: Shown, from: number): string {
  const shown = `${from > 0 ? '…' : ''}${expression.slice(from)}`.replace(/\s+/g, ' ');
  return `${action}, ${status}: ${within(shown, SHOWN)}`;
}

/** Data as code that takes so many characters at most; escaped ones count as several. */
function within(text: string, most: number): string {
  let cut = most;
  let shown = code(truncate(text, cut));
  while (shown.length > most) {
    cut = Math.floor(cut * 0.8);
    shown = code(truncate(text, cut));
  }
  return shown;
}

function firstDifference(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index += 1;
  return index;
}
