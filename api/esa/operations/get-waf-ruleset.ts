import { z } from 'zod';
import { EsaError } from '../error.ts';
import { zuluTime } from '../formats.ts';
import { defineOperation } from '../operation.ts';
import {
  configsOf,
  FULL_CONFIG,
  loadSiteRules,
  NUMBER,
  PHASE_PARAMETER,
  requirePhase,
  rulesetNotFound,
} from '../waf.ts';

export const getWafRuleset = defineOperation({
  name: 'GetWafRuleset',
  methods: ['POST', 'GET'],
  group: 'rules',
  access: 'read',
  summary: 'Answers with a ruleset and its rules: that of the Id, or the first of the Phase.',
  about: 'site',
  parameters: z.object({ Id: NUMBER.optional(), Phase: PHASE_PARAMETER.optional() }),
  answer: z.object({
    Id: z.int(),
    Name: z.string(),
    Phase: z.string(),
    Status: z.enum(['on', 'off']),
    Rules: z.array(FULL_CONFIG),
    Shared: z.object({}),
    UpdateTime: z.string(),
  }),
  async run({ deps, site, parameters }) {
    const { Id, Phase } = parameters;
    requirePhase(Phase);
    if (Id === undefined && Phase === undefined) {
      throw new EsaError('Id.MissingParameter', 'The parameter Id is missing.');
    }
    const { rulesets, rules } = await loadSiteRules(deps.store, site);
    const ruleset = Id === undefined ? rulesets[0] : rulesets.find(({ number }) => number === Id);
    if (!ruleset) throw rulesetNotFound();
    return {
      Id: ruleset.number,
      Name: ruleset.name,
      Phase: ruleset.phase,
      Status: ruleset.status,
      Rules: configsOf(ruleset, rules),
      Shared: {},
      UpdateTime: zuluTime(ruleset.updatedAt),
    };
  },
});
