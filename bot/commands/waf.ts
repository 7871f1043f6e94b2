import { findGaps, limitedEdges } from '../../core/edges/limited.ts';
import { CountersignError } from '../../core/errors.ts';
import { actions, type SlackMessage, section } from '../../core/slack/blocks.ts';
import { code } from '../../core/slack/text.ts';
import type { Rule, Site } from '../../core/store/rows.ts';
import { decidedBy, type Gap } from '../../core/waf/gaps.ts';
import { readRule } from '../../core/waf/rule.ts';
import type { BotDeps } from '../deps.ts';
import { reading } from '../limit.ts';
import type { Caller } from '../middleware/caller.ts';
import { replyMessage } from '../reply.ts';
import { askAboutRule } from '../rule-request.ts';
import type { ActionHandler, CommandTurn, Turn } from '../turn.ts';
import { inexpressibleAt } from '../views/rule/decide.ts';
import { buildRuleList, deleteRuleButton } from '../views/rule/list.ts';
import {
  loadPlacedRules,
  loadRule,
  loadRuleCaller,
  loadRuleNumbered,
  loadRuleSites,
  type PlacedRule,
  siteOf,
  siteTyped,
} from '../views/rule/load.ts';
import { clickRuleEdit, clickRuleEnable } from '../views/rule/open.ts';

/** `/mtls waf list [site]`: the rules in their order, with what edges cannot express. */
export async function runRuleList(deps: BotDeps, turn: Turn, typed: string): Promise<void> {
  const { caller, sites } = await loadRuleSites(deps, turn.person);
  const shown = typed.trim() === '' ? sites : [siteTyped(sites, typed)];
  await turn.tell(await drawList(deps, caller, shown, 0));
}

/** *Rules*, *More rules*: the value is empty, or `SITE:FROM`. */
export const clickOpenRules: ActionHandler = async (deps, turn) => {
  const { caller, sites } = await loadRuleSites(deps, turn.person);
  const [siteId = '', from = '0'] = turn.value.split(':');
  const shown = siteId === '' ? sites : [siteOf(sites, siteId)];
  await turn.tell(await drawList(deps, caller, shown, /^\d{1,4}$/.test(from) ? Number(from) : 0));
};

async function drawList(deps: BotDeps, caller: Caller, sites: readonly Site[], from: number): Promise<SlackMessage> {
  const counts = await reading(
    Promise.all(
      sites.slice(0, MOST_SITES).map(async (site) => ({ site, rules: await loadPlacedRules(deps, site.id) })),
    ),
  );
  const inexpressible = await reading(inexpressibleAt(deps, caller.accountId));
  const gaps = await reading(gapsOfRules(deps, caller, counts));
  return buildRuleList({ sites: counts, inexpressible, gaps, from, now: deps.clock.now() });
}

/** Of every rule that is on and that some edge cannot enforce, by its id. */
async function gapsOfRules(
  deps: BotDeps,
  caller: Caller,
  sites: readonly { site: Site; rules: readonly PlacedRule[] }[],
) {
  const gaps = new Map<string, Gap[]>();
  if ((await limitedEdges(deps.store, caller.accountId)).length === 0) return gaps;
  for (const { site, rules } of sites) {
    const gapsAt = await findGaps(deps.store, site);
    for (const { rule } of rules.filter((one) => one.rule.status === 'on')) {
      gaps.set(rule.id, gapsAt(decidedBy(readRule(rule.config))));
    }
  }
  return gaps;
}

/** Sites whose rules are read for one list; of more, one is named. */
const MOST_SITES = 100;

/** `/mtls waf disable NUMBER`: at once, or with a second person where it takes protection away. */
export async function runRuleDisable(deps: BotDeps, turn: CommandTurn, typed: string): Promise<void> {
  const caller = await loadRuleCaller(deps, turn.person);
  const { rule } = await loadRuleNumbered(deps, caller, typed);
  await turn.tell(replyMessage(await switchOff(deps, caller, rule, `command:${turn.triggerId}`)));
}

function switchOff(deps: BotDeps, caller: Caller, rule: Rule, idempotencyKey: string): Promise<string> {
  if (rule.status === 'off') {
    throw new CountersignError('wrong_state', { userMessage: `The rule ${code(rule.name)} is off already.` });
  }
  const payload = { siteId: rule.siteId, changes: [{ ruleId: rule.id, status: 'off' as const }] };
  return askAboutRule(deps, caller, { kind: 'waf_rule_update', payload, idempotencyKey });
}

/** `/mtls waf move NUMBER POSITION`: its place decides which rule answers; what is denied stays denied. */
export async function runRuleMove(
  deps: BotDeps,
  turn: CommandTurn,
  typed: { which: string; position: string },
): Promise<void> {
  const caller = await loadRuleCaller(deps, turn.person);
  const { rule, ruleset, position: now } = await loadRuleNumbered(deps, caller, typed.which);
  const position = /^[1-9]\d{0,3}$/.test(typed.position) ? Number(typed.position) : 0;
  if (position === 0) {
    throw new CountersignError('invalid_input', {
      userMessage: `Say to which position, 1 to ${ruleset.order.length}: \`/mtls waf move ${rule.number} 1\`.`,
    });
  }
  if (Math.min(position, ruleset.order.length) === now) {
    await turn.tell(replyMessage(`The rule ${code(rule.name)} is at position ${now} already.`));
    return;
  }
  const payload = { siteId: rule.siteId, changes: [{ ruleId: rule.id, position }] };
  const idempotencyKey = `command:${turn.triggerId}`;
  await turn.tell(replyMessage(await askAboutRule(deps, caller, { kind: 'waf_rule_update', payload, idempotencyKey })));
}

/** `/mtls waf delete NUMBER`: only asks; the button with its confirmation does it. */
export async function runRuleDelete(deps: BotDeps, turn: CommandTurn, typed: string): Promise<void> {
  const caller = await loadRuleCaller(deps, turn.person);
  const { rule, site } = await loadRuleNumbered(deps, caller, typed);
  await turn.tell(buildDeleteQuestion(rule, site));
}

/** The menu beside a rule of the list; the value is `VERB:RULE`. */
export const clickRule: ActionHandler = async (deps, turn) => {
  const at = turn.value.indexOf(':');
  const value = turn.value.slice(at + 1);
  const verb = turn.value.slice(0, at);
  if (verb === 'edit') return clickRuleEdit(deps, { ...turn, value });
  if (verb === 'enable') return clickRuleEnable(deps, { ...turn, value });
  const caller = await loadRuleCaller(deps, turn.person);
  const { rule, site } = await loadRule(deps, caller, value);
  if (verb === 'delete') return turn.tell(buildDeleteQuestion(rule, site));
  if (verb !== 'disable') throw new CountersignError('invalid_input');
  // An old list asks again for a rule that was switched on since: its version tells the two apart.
  const key = `${shownIn(turn)}:${caller.userId}:disable:${rule.id}:${rule.version}`;
  await turn.tell(replyMessage(await switchOff(deps, caller, rule, key)));
};

/** *Delete…*, confirmed. What was asked is answered once, however often its button is pressed. */
export const clickDeleteRule: ActionHandler = async (deps, turn) => {
  const caller = await loadRuleCaller(deps, turn.person);
  const { rule } = await loadRule(deps, caller, turn.value);
  const idempotencyKey = `${shownIn(turn)}:${caller.userId}:delete:${rule.id}`;
  await turn.done();
  const payload = { siteId: rule.siteId, ruleId: rule.id };
  const outcome = await askAboutRule(deps, caller, { kind: 'waf_rule_delete', payload, idempotencyKey });
  await turn.respond({ response_type: 'ephemeral', replace_original: true, ...replyMessage(outcome) });
};

function shownIn({ message }: Parameters<ActionHandler>[1]): string {
  if (!message) throw new CountersignError('invalid_input');
  return `message:${message.channel}:${message.ts}`;
}

function buildDeleteQuestion(rule: Rule, site: Pick<Site, 'name'>): SlackMessage {
  const text = `Delete the rule ${code(rule.name)} of ${code(site.name)}? To stop it for a while, \`/mtls waf disable ${rule.number}\` is enough.`;
  return { text, blocks: [section(text), actions('rule_delete', [deleteRuleButton(rule)])] };
}
