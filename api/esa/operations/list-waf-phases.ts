import { z } from 'zod';
import { PHASE } from '../../../core/waf/order.ts';
import { defineOperation } from '../operation.ts';
import { configsOf, FULL_CONFIG, loadSiteRules, requirePresentVersion, SITE_VERSION } from '../waf.ts';

export const listWafPhases = defineOperation({
  name: 'ListWafPhases',
  methods: ['POST', 'GET'],
  group: 'rules',
  access: 'read',
  summary: 'Lists the phases that there are (one), with their rulesets and rules.',
  about: 'site',
  parameters: z.object({ SiteVersion: SITE_VERSION }),
  answer: z.object({
    Phases: z.array(
      z.object({
        Phase: z.string(),
        Rulesets: z.array(
          z.object({ Id: z.int(), Name: z.string(), Rules: z.array(FULL_CONFIG), Shared: z.object({}) }),
        ),
      }),
    ),
  }),
  async run({ deps, site, parameters }) {
    requirePresentVersion(parameters.SiteVersion);
    const { rulesets, rules } = await loadSiteRules(deps.store, site);
    return {
      Phases: [
        {
          Phase: PHASE,
          Rulesets: rulesets.map((ruleset) => ({
            Id: ruleset.number,
            Name: ruleset.name,
            Rules: configsOf(ruleset, rules),
            Shared: {},
          })),
        },
      ],
    };
  },
});
