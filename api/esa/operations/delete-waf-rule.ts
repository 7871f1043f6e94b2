import { z } from 'zod';
import { defineOperation } from '../operation.ts';
import { findRule, NUMBER, requirePresentVersion, SITE_VERSION } from '../waf.ts';

export const deleteWafRule = defineOperation({
  name: 'DeleteWafRule',
  methods: ['POST', 'GET'],
  group: 'rules',
  access: 'write',
  summary: 'Deletes a rule.',
  about: 'site',
  parameters: z.object({ Id: NUMBER, SiteVersion: SITE_VERSION }),
  answer: z.object({}),
  refusals: { not_found: 'WafRule.NotFound' },
  // A number is never given again.
  stillSo: async () => true,
  async run({ deps, site, parameters, ask }) {
    requirePresentVersion(parameters.SiteVersion);
    const rule = await findRule(deps.store, site, parameters.Id);
    await ask('waf_rule_delete', { siteId: site.id, ruleId: rule.id });
    return {};
  },
});
