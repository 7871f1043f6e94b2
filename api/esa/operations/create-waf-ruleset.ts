import { z } from 'zod';
import { defineOperation } from '../operation.ts';
import { PHASE_PARAMETER, requirePhase, requirePresentVersion, SITE_VERSION } from '../waf.ts';

export const createWafRuleset = defineOperation({
  name: 'CreateWafRuleset',
  methods: ['POST', 'GET'],
  group: 'rules',
  access: 'write',
  summary: 'Makes an empty ruleset.',
  about: 'site',
  parameters: z.object({ Phase: PHASE_PARAMETER, Name: z.string().max(128).default(''), SiteVersion: SITE_VERSION }),
  answer: z.object({ Id: z.int() }),
  refusals: { over_quota: 'WafRuleset.OverQuota' },
  stillSo: async ({ store }, { outcome }) => (await store.ruleset(String(outcome?.['rulesetId'])))?.deletedAt === null,
  async run({ site, parameters, ask }) {
    requirePhase(parameters.Phase);
    requirePresentVersion(parameters.SiteVersion);
    const { outcome } = await ask('waf_ruleset_create', { siteId: site.id, name: parameters.Name });
    return { Id: outcome?.['rulesetNumber'] };
  },
});
