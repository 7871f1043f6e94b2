import { requireRole } from '../../../core/access/access.ts';
import { CountersignError } from '../../../core/errors.ts';
import { code } from '../../../core/slack/text.ts';
import type { Rule, Ruleset, Site } from '../../../core/store/rows.ts';
import { inOrder } from '../../../core/waf/order.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import { type Caller, loadCaller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';
import { findSite, loadActiveSites, unknownSite } from '../bind/load.ts';

/** @throws CountersignError `not_authorized` for everybody but administrators. */
export async function loadRuleCaller(deps: BotDeps, person: Person): Promise<Caller> {
  const caller = await loadCaller(deps, person);
  requireRole(caller.roles, 'rules', caller.administrators);
  return caller;
}

/** @throws CountersignError `not_authorized`, `no_site`. */
export async function loadRuleSites(deps: BotDeps, person: Person): Promise<{ caller: Caller; sites: Site[] }> {
  const caller = await loadRuleCaller(deps, person);
  return { caller, sites: await loadActiveSites(deps, caller) };
}

/** @throws CountersignError `no_site` when it is not among the active ones any more. */
export function siteOf(sites: readonly Site[], siteId: string): Site {
  const site = sites.find(({ id }) => id === siteId);
  if (site) return site;
  throw new CountersignError('no_site', { userMessage: 'This site is not active any more. Choose another one.' });
}

/** The site that was typed. @throws CountersignError `not_found`. */
export function siteTyped(sites: readonly Site[], typed: string): Site {
  const site = findSite(sites, typed);
  if (site) return site;
  throw new CountersignError('not_found', {
    userMessage: `${unknownSite(typed.trim())} \`/mtls site list\` shows those there are.`,
  });
}

/** A rule with where it stands. */
export type PlacedRule = { rule: Rule; ruleset: Ruleset /** From 1, in the order of its ruleset. */; position: number };

/** The rules of a site in the order in which edges ask them. */
export async function loadPlacedRules(deps: BotDeps, siteId: string): Promise<PlacedRule[]> {
  const [rulesets, rules] = await reading(Promise.all([deps.store.rulesets(siteId), deps.store.rules(siteId)]));
  return rulesets.flatMap((ruleset) =>
    inOrder(ruleset, rules).map((rule, place) => ({ rule, ruleset, position: place + 1 })),
  );
}

/** The account's rule with this id, as it is now. @throws CountersignError `not_found`. */
export async function loadRule(deps: BotDeps, caller: Caller, ruleId: string): Promise<PlacedRule & { site: Site }> {
  const [rule] = await reading(deps.store.rulesByIds([ruleId.slice(0, 64)]));
  if (rule?.accountId !== caller.accountId || rule.deletedAt !== null) {
    throw new CountersignError('not_found', { userMessage: 'This rule is not there any more. Nothing was changed.' });
  }
  return placed(deps, caller, rule);
}

/** By its number, as `/mtls waf list` shows it. @throws CountersignError `not_found`. */
export async function loadRuleNumbered(
  deps: BotDeps,
  caller: Caller,
  typed: string,
): Promise<PlacedRule & { site: Site }> {
  const number = /^#?(\d{1,12})$/.exec(typed.trim())?.[1];
  const rule =
    number === undefined ? undefined : await reading(deps.store.ruleNumbered(caller.accountId, Number(number)));
  if (rule) return placed(deps, caller, rule);
  const said = typed.trim() === '' ? 'Say which rule, by its number.' : `There is no rule ${code(typed.slice(0, 40))}.`;
  throw new CountersignError('not_found', { userMessage: `${said} \`/mtls waf list\` shows those there are.` });
}

async function placed(deps: BotDeps, caller: Caller, rule: Rule): Promise<PlacedRule & { site: Site }> {
  const [sites, all] = await Promise.all([
    reading(deps.store.sites(caller.accountId)),
    loadPlacedRules(deps, rule.siteId),
  ]);
  const site = sites.find(({ id }) => id === rule.siteId);
  const found = all.find((one) => one.rule.id === rule.id);
  if (site && found) return { ...found, site };
  throw new CountersignError('not_found', { userMessage: 'This rule is not there any more. Nothing was changed.' });
}
