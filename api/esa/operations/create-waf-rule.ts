import { z } from 'zod';
import { defineOperation } from '../operation.ts';
import { CONFIG, NUMBER, PHASE_PARAMETER, requirePhase, requirePresentVersion, SITE_VERSION } from '../waf.ts';
import { askForRules, rulesStillThere } from '../waf-changes.ts';

export const createWafRule = defineOperation({
  name: 'CreateWafRule',
  methods: ['POST', 'GET'],
  group: 'rules',
  access: 'write',
  summary: 'Makes a rule at the end of a ruleset; without one, of the first, which is made where there is none.',
  about: 'site',
  parameters: z.object({
    Phase: PHASE_PARAMETER,
    RulesetId: NUMBER.optional(),
    Config: CONFIG,
    SiteVersion: SITE_VERSION,
  }),
  answer: z.object({ Id: z.int(), RulesetId: z.int() }),
  refusals: { not_found: 'WafRuleset.NotFound', over_quota: 'WafRule.OverQuota' },
  stillSo: rulesStillThere,
  async run(call) {
    const { Phase, RulesetId, Config, SiteVersion } = call.parameters;
    requirePhase(Phase);
    requirePresentVersion(SiteVersion);
    const { numbers, rulesetNumber } = await askForRules(call, RulesetId, [Config]);
    return { Id: numbers[0], RulesetId: rulesetNumber };
  },
});
