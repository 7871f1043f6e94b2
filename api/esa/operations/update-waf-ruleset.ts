import { z } from 'zod';
import { defineOperation } from '../operation.ts';
import { findRuleset, NUMBER, requirePresentVersion, SITE_VERSION } from '../waf.ts';

export const updateWafRuleset = defineOperation({
  name: 'UpdateWafRuleset',
  methods: ['POST', 'GET'],
  group: 'rules',
  access: 'write',
  summary: 'Switches a ruleset on or off, with all its rules.',
  about: 'site',
  parameters: z.object({ Id: NUMBER, Status: z.enum(['on', 'off']), SiteVersion: SITE_VERSION }),
  answer: z.object({}),
  refusals: { not_found: 'WafRuleset.NotFound' },
  async stillSo({ store }, { payload }) {
    const ruleset = await store.ruleset(String(payload['rulesetId']));
    return ruleset?.deletedAt === null && ruleset.status === payload['status'];
  },
  async run({ deps, site, parameters, ask }) {
    requirePresentVersion(parameters.SiteVersion);
    const ruleset = await findRuleset(deps.store, site, parameters.Id);
    await ask('waf_ruleset_update', { siteId: site.id, rulesetId: ruleset.id, status: parameters.Status });
    return {};
  },
});
