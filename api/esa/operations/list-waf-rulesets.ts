import { z } from 'zod';
import { inOrder, PHASE } from '../../../core/waf/order.ts';
import { zuluTime } from '../formats.ts';
import { defineOperation } from '../operation.ts';
import { PAGE_NUMBER, PAGE_SIZE } from '../parameters.ts';
import {
  fieldsIn,
  loadSiteRules,
  PHASE_PARAMETER,
  requirePhase,
  requirePresentVersion,
  SITE_VERSION,
  usageOf,
} from '../waf.ts';

const LIKE = z.string().max(256).optional();

export const listWafRulesets = defineOperation({
  name: 'ListWafRulesets',
  methods: ['POST', 'GET'],
  group: 'rules',
  access: 'read',
  summary: 'Lists the rulesets of a site.',
  about: 'site',
  parameters: z.object({
    Phase: PHASE_PARAMETER,
    QueryArgs: z
      .object({
        AnyLike: LIKE,
        NameLike: LIKE,
        OrderBy: z.enum(['id', 'name']).optional(),
        Desc: z.boolean().optional(),
      })
      .optional(),
    PageNumber: PAGE_NUMBER,
    PageSize: PAGE_SIZE,
    SiteVersion: SITE_VERSION,
  }),
  answer: z.object({
    Rulesets: z.array(
      z.object({
        Id: z.int(),
        Name: z.string(),
        Phase: z.string(),
        Status: z.enum(['on', 'off']),
        Target: z.string(),
        Types: z.array(z.string()),
        Fields: z.array(z.string()),
        UpdateTime: z.string(),
      }),
    ),
    PageNumber: z.int(),
    PageSize: z.int(),
    TotalCount: z.int(),
    SiteUsage: z.int(),
    InstanceUsage: z.int(),
  }),
  async run({ deps, site, parameters }) {
    const { Phase, QueryArgs = {}, PageNumber, PageSize, SiteVersion } = parameters;
    requirePhase(Phase);
    requirePresentVersion(SiteVersion);
    const { rulesets, rules } = await loadSiteRules(deps.store, site);
    const has = (text: string, part = '') => text.toLowerCase().includes(part.toLowerCase());
    const found = rulesets.filter(
      ({ name, number }) => has(name, QueryArgs.NameLike) && has(`${number}\n${name}`, QueryArgs.AnyLike),
    );
    if (QueryArgs.OrderBy === 'name') found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    if (QueryArgs.Desc) found.reverse();
    const { siteUsage, instanceUsage } = await usageOf(deps.store, site);
    const from = (PageNumber - 1) * PageSize;
    return {
      Rulesets: found.slice(from, from + PageSize).map((ruleset) => ({
        Id: ruleset.number,
        Name: ruleset.name,
        Phase: ruleset.phase,
        Status: ruleset.status,
        Target: '',
        Types: [PHASE],
        Fields: fieldsIn(inOrder(ruleset, rules)),
        UpdateTime: zuluTime(ruleset.updatedAt),
      })),
      PageNumber,
      PageSize,
      TotalCount: found.length,
      SiteUsage: siteUsage.rulesets,
      InstanceUsage: instanceUsage.rulesets,
    };
  },
});
