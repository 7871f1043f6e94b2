import { z } from 'zod';
import type { Rule } from '../../../core/store/rows.ts';
import { inOrder } from '../../../core/waf/order.ts';
import { defineOperation } from '../operation.ts';
import { PAGE_NUMBER, PAGE_SIZE } from '../parameters.ts';
import {
  loadSiteRules,
  NUMBER,
  PHASE_PARAMETER,
  RULE_MODEL,
  requirePhase,
  requirePresentVersion,
  ruleModel,
  rulesetNotFound,
  SITE_VERSION,
  usageOf,
} from '../waf.ts';

const LIKE = z.string().max(256).optional();
const QUERY = z.object({
  Id: z.int().optional(),
  NameLike: LIKE,
  IdNameLike: LIKE,
  ConfigValueLike: LIKE,
  Status: z.enum(['on', 'off']).optional(),
  OrderBy: z.enum(['position', 'id', 'name', 'status']).optional(),
  Desc: z.boolean().optional(),
});

export const listWafRules = defineOperation({
  name: 'ListWafRules',
  methods: ['POST', 'GET'],
  group: 'rules',
  access: 'read',
  summary: 'Lists the rules of a site in the order in which they are asked.',
  about: 'site',
  parameters: z.object({
    Phase: PHASE_PARAMETER,
    RulesetId: NUMBER.optional(),
    QueryArgs: QUERY.optional(),
    PageNumber: PAGE_NUMBER,
    PageSize: PAGE_SIZE,
    SiteVersion: SITE_VERSION,
  }),
  answer: z.object({
    Rules: z.array(RULE_MODEL),
    PageNumber: z.int(),
    PageSize: z.int(),
    TotalCount: z.int(),
    SiteUsage: z.int(),
    InstanceUsage: z.int(),
  }),
  async run({ deps, site, parameters }) {
    const { Phase, RulesetId, QueryArgs = {}, PageNumber, PageSize, SiteVersion } = parameters;
    requirePhase(Phase);
    requirePresentVersion(SiteVersion);
    const { rulesets, rules } = await loadSiteRules(deps.store, site);
    const wanted = rulesets.filter(({ number }) => RulesetId === undefined || number === RulesetId);
    if (RulesetId !== undefined && wanted.length === 0) throw rulesetNotFound();
    const placed = wanted.flatMap((ruleset) =>
      inOrder(ruleset, rules).map((rule, index) => ({ rule, ruleset, position: index + 1 })),
    );
    const found = placed.filter(({ rule }) => fits(rule, QueryArgs));
    const order = QueryArgs.OrderBy;
    if (order !== undefined && order !== 'position')
      found.sort((a, b) => compare(keyOf(a.rule, order), keyOf(b.rule, order)));
    if (QueryArgs.Desc) found.reverse();
    const { siteUsage, instanceUsage } = await usageOf(deps.store, site);
    const from = (PageNumber - 1) * PageSize;
    return {
      Rules: found
        .slice(from, from + PageSize)
        .map(({ rule, ruleset, position }) => ruleModel(rule, ruleset, position)),
      PageNumber,
      PageSize,
      TotalCount: found.length,
      SiteUsage: siteUsage.rules,
      InstanceUsage: instanceUsage.rules,
    };
  },
});

/** Empty filters ask for nothing. */
function fits(rule: Rule, query: z.infer<typeof QUERY>): boolean {
  const has = (text: string, part: string | undefined) =>
    part === undefined || text.toLowerCase().includes(part.toLowerCase());
  return (
    (query.Id === undefined || rule.number === query.Id) &&
    (query.Status === undefined || rule.status === query.Status) &&
    has(rule.name, query.NameLike) &&
    has(`${rule.number}\n${rule.name}`, query.IdNameLike) &&
    (query.ConfigValueLike === undefined || valuesOf(rule.config).some((value) => has(value, query.ConfigValueLike)))
  );
}

/** Every text and number of a configuration, as texts. */
function valuesOf(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [String(value)];
  return Object.values(value).flatMap(valuesOf);
}

function keyOf(rule: Rule, order: 'id' | 'name' | 'status'): string | number {
  return order === 'id' ? rule.number : rule[order];
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
