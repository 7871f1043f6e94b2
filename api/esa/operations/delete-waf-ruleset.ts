import { z } from 'zod';
import { defineOperation } from '../operation.ts';
import { findRuleset, NUMBER, requirePresentVersion, SITE_VERSION } from '../waf.ts';

export const deleteWafRuleset = defineOperation({
  name: 'DeleteWafRuleset',
  methods: ['POST', 'GET'],
  group: 'rules',
  access: 'write',
  summary: 'Deletes a ruleset and its rules.',
  about: 'site',
  parameters: z.object({ Id: NUMBER, SiteVersion: SITE_VERSION }),
  answer: z.object({}),
  refusals: { not_found: 'WafRuleset.NotFound' },
  // A number is never given again.
  stillSo: async () => true,
  async run({ deps, site, parameters, ask }) {
    requirePresentVersion(parameters.SiteVersion);
    const ruleset = await findRuleset(deps.store, site, parameters.Id);
    await ask('waf_ruleset_delete', { siteId: site.id, rulesetId: ruleset.id });
    return {};
  },
});
