import { z } from 'zod';
import { defineOperation } from '../operation.ts';
import { CONFIG, findRule, NUMBER, requirePresentVersion, SITE_VERSION } from '../waf.ts';
import { rulesStillChanged } from '../waf-changes.ts';

export const updateWafRule = defineOperation({
  name: 'UpdateWafRule',
  methods: ['POST', 'GET'],
  group: 'rules',
  access: 'write',
  summary: 'Changes a rule, switches it on or off, or moves it. Keys that Config leaves out keep their value.',
  about: 'site',
  parameters: z.object({
    Id: NUMBER,
    Config: CONFIG.optional(),
    Status: z.enum(['on', 'off']).optional(),
    Position: z.int().min(1).optional(),
    SiteVersion: SITE_VERSION,
  }),
  answer: z.object({ Id: z.int() }),
  refusals: { not_found: 'WafRule.NotFound' },
  stillSo: rulesStillChanged,
  async run({ deps, site, parameters, ask }) {
    const { Id, Config, Status, Position, SiteVersion } = parameters;
    requirePresentVersion(SiteVersion);
    const rule = await findRule(deps.store, site, Id);
    await ask('waf_rule_update', {
      siteId: site.id,
      changes: [
        {
          ruleId: rule.id,
          ...(Config === undefined ? {} : { config: Config }),
          ...(Status === undefined ? {} : { status: Status }),
          ...(Position === undefined ? {} : { position: Position }),
        },
      ],
    });
    return { Id };
  },
});
