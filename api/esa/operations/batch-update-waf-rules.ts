import { z } from 'zod';
import { defineOperation } from '../operation.ts';
import { invalid } from '../parameters.ts';
import {
  CONFIG,
  findRule,
  findRuleset,
  NUMBER,
  PHASE_PARAMETER,
  requirePhase,
  requirePresentVersion,
  ruleNotFound,
  SITE_VERSION,
} from '../waf.ts';
import { BATCH, rulesStillChanged, withShared } from '../waf-changes.ts';

export const batchUpdateWafRules = defineOperation({
  name: 'BatchUpdateWafRules',
  methods: ['POST', 'GET'],
  group: 'rules',
  access: 'write',
  summary: 'Changes several rules, all of them or none. Each configuration names its rule by Id.',
  about: 'site',
  parameters: z.object({
    Phase: PHASE_PARAMETER,
    /** Where it is given, the rules have to be in it. */
    RulesetId: NUMBER.optional(),
    Shared: CONFIG.optional(),
    Configs: BATCH,
    SiteVersion: SITE_VERSION,
  }),
  answer: z.object({}),
  refusals: { not_found: 'WafRule.NotFound' },
  stillSo: rulesStillChanged,
  async run({ deps, site, parameters, ask }) {
    const { Phase, RulesetId, Shared, Configs, SiteVersion } = parameters;
    requirePhase(Phase);
    requirePresentVersion(SiteVersion);
    const ruleset = RulesetId === undefined ? undefined : await findRuleset(deps.store, site, RulesetId);
    const changes = [];
    for (const [index, { Id, ...config }] of withShared(Configs, Shared).entries()) {
      if (!Number.isSafeInteger(Id)) throw invalid('Configs', `configuration ${index + 1} names no rule by Id.`);
      const rule = await findRule(deps.store, site, Id as number);
      if (ruleset && rule.rulesetId !== ruleset.id) throw ruleNotFound();
      changes.push({ ruleId: rule.id, config });
    }
    await ask('waf_rule_update', { siteId: site.id, changes });
    return {};
  },
});
