import { z } from 'zod';
import { defineOperation } from '../operation.ts';
import { CONFIG, NUMBER, PHASE_PARAMETER, requirePhase, requirePresentVersion, SITE_VERSION } from '../waf.ts';
import { askForRules, BATCH, rulesStillThere, withShared } from '../waf-changes.ts';

export const batchCreateWafRules = defineOperation({
  name: 'BatchCreateWafRules',
  methods: ['POST', 'GET'],
  group: 'rules',
  access: 'write',
  summary: 'Makes several rules at the end of a ruleset, all of them or none.',
  about: 'site',
  parameters: z.object({
    Phase: PHASE_PARAMETER,
    RulesetId: NUMBER.optional(),
    Shared: CONFIG.optional(),
    Configs: BATCH,
    SiteVersion: SITE_VERSION,
  }),
  answer: z.object({ Ids: z.array(z.int()), RulesetId: z.int() }),
  refusals: { not_found: 'WafRuleset.NotFound', over_quota: 'WafRule.OverQuota' },
  stillSo: rulesStillThere,
  async run(call) {
    const { Phase, RulesetId, Shared, Configs, SiteVersion } = call.parameters;
    requirePhase(Phase);
    requirePresentVersion(SiteVersion);
    const { numbers, rulesetNumber } = await askForRules(call, RulesetId, withShared(Configs, Shared));
    return { Ids: numbers, RulesetId: rulesetNumber };
  },
});
