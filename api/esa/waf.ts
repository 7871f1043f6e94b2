import { z } from 'zod';
import type { Rule, Ruleset, Site } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { inOrder, PHASE } from '../../core/waf/order.ts';
import { parseExpression } from '../../core/waf/parse.ts';
import { fieldsOf } from '../../core/waf/shape.ts';
import { EsaError } from './error.ts';
import { zuluTime } from './formats.ts';

/** What the operations about rules and rulesets have in common. */

/** Rules of other phases are not kept: no edge would obey them. */
export const PHASE_PARAMETER = z.string().max(64);
/** There is one version of a site, its present one; the SDK calls it 0. */
export const SITE_VERSION = z.int().default(0);
/** The numbers of rules and rulesets. */
export const NUMBER = z.int().min(1);
export const CONFIG = z.record(z.string(), z.unknown());

/** @throws EsaError `Phase.NotSupport`. */
export function requirePhase(phase: string | undefined): void {
  if (phase === undefined || phase === PHASE) return;
  throw new EsaError('Phase.NotSupport', `Rules of this phase are not supported here; the phase is ${PHASE}.`);
}

/** @throws EsaError `SpecifiedVersionReadOnly`: other versions of a site do not exist, so none can be written. */
export function requirePresentVersion(version: number): void {
  if (version === 0) return;
  throw new EsaError('SpecifiedVersionReadOnly', 'A site has one version here. Leave SiteVersion out, or give 0.');
}

/**
 * The rule of a number, also when it is deleted: what becomes of a change of that is the worker's to say.
 * @throws EsaError `WafRule.NotFound`.
 */
export async function findRule(store: Store, site: Site, number: number): Promise<Rule> {
  const rule = await store.ruleByNumber(site.id, number);
  if (!rule) throw ruleNotFound();
  return rule;
}

/** The same of a ruleset. @throws EsaError `WafRuleset.NotFound`. */
export async function findRuleset(store: Store, site: Site, number: number): Promise<Ruleset> {
  const ruleset = await store.rulesetByNumber(site.id, number);
  if (!ruleset) throw rulesetNotFound();
  return ruleset;
}

export function ruleNotFound(): EsaError {
  return new EsaError('WafRule.NotFound', 'There is no rule with this Id in the site.');
}

export function rulesetNotFound(): EsaError {
  return new EsaError('WafRuleset.NotFound', 'There is no ruleset with this Id in the site.');
}

/** The rules and rulesets of a site as they are. */
export async function loadSiteRules(store: Store, site: Site) {
  const rulesets = await store.rulesets(site.id);
  const rules = await store.rules(site.id);
  return { rulesets, rules };
}

/** How many rules and rulesets there are in the site, and in all sites of its plan: the account's. */
export async function usageOf(store: Store, site: Site) {
  const sites = await store.sites(site.accountId);
  const siteUsage = await store.countRules([site.id]);
  const instanceUsage = await store.countRules(sites.map(({ id }) => id));
  return { siteUsage, instanceUsage };
}

/** A rule's configuration, as it was given and completed. */
export function configModel(rule: Rule) {
  return { ...rule.config, Id: rule.number, Type: PHASE };
}

export const FULL_CONFIG = z.looseObject({
  Id: z.int(),
  Type: z.string(),
  Name: z.string(),
  Expression: z.string(),
  Action: z.enum(['deny', 'monitor']),
  Status: z.enum(['on', 'off']),
});

/** The names of the fields that these rules ask for, each once. */
export function fieldsIn(rules: readonly Rule[]): string[] {
  return [...new Set(rules.flatMap((rule) => fieldsOf(parseExpression(rule.expression))))];
}

/** A rule as ListWafRules answers with it. @param position from 1. */
export function ruleModel(rule: Rule, ruleset: Ruleset, position: number) {
  return {
    Id: rule.number,
    RulesetId: ruleset.number,
    Name: rule.name,
    Phase: ruleset.phase,
    Type: PHASE,
    Action: rule.action,
    Position: position,
    Status: rule.status,
    Config: configModel(rule),
    Fields: fieldsIn([rule]),
    UpdateTime: zuluTime(rule.updatedAt),
    ...(rule.config['Timer'] === undefined ? {} : { Timer: rule.config['Timer'] }),
    Skip: '',
    Tags: [],
    CharacteristicsFields: [],
  };
}

export const RULE_MODEL = z.object({
  Id: z.int(),
  RulesetId: z.int(),
  Name: z.string(),
  Phase: z.string(),
  Type: z.string(),
  Action: z.string(),
  Position: z.int(),
  Status: z.enum(['on', 'off']),
  Config: FULL_CONFIG,
  Fields: z.array(z.string()),
  UpdateTime: z.string(),
  Timer: z.looseObject({}).optional(),
  Skip: z.string(),
  Tags: z.array(z.string()),
  CharacteristicsFields: z.array(z.string()),
});

/** The configurations of a ruleset, in order. */
export function configsOf(ruleset: Ruleset, rules: readonly Rule[]) {
  return inOrder(ruleset, rules).map(configModel);
}
