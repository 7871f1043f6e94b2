import { z } from 'zod';
import { zuluTime } from '../formats.ts';
import { defineOperation } from '../operation.ts';
import { configModel, FULL_CONFIG, findRule, NUMBER, ruleNotFound } from '../waf.ts';

export const getWafRule = defineOperation({
  name: 'GetWafRule',
  methods: ['POST', 'GET'],
  group: 'rules',
  access: 'read',
  summary: 'Answers with a rule.',
  about: 'site',
  parameters: z.object({ Id: NUMBER }),
  answer: z.object({
    Id: z.int(),
    RulesetId: z.int(),
    Name: z.string(),
    Phase: z.string(),
    Position: z.int(),
    Status: z.enum(['on', 'off']),
    UpdateTime: z.string(),
    Config: FULL_CONFIG,
  }),
  async run({ deps, site, parameters }) {
    const rule = await findRule(deps.store, site, parameters.Id);
    const ruleset = await deps.store.ruleset(rule.rulesetId);
    if (rule.deletedAt !== null || !ruleset) throw ruleNotFound();
    return {
      Id: rule.number,
      RulesetId: ruleset.number,
      Name: rule.name,
      Phase: ruleset.phase,
      Position: ruleset.order.indexOf(rule.id) + 1,
      Status: rule.status,
      UpdateTime: zuluTime(rule.updatedAt),
      Config: configModel(rule),
    };
  },
});
