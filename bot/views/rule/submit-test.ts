import { isWithin } from '../../../core/bindings/hostnames.ts';
import type { Site } from '../../../core/store/rows.ts';
import { judge } from '../../../core/waf/judge.ts';
import { isInForce, timerOf } from '../../../core/waf/timer.ts';
import type { BotDeps } from '../../deps.ts';
import { replyFieldErrors } from '../../reply.ts';
import type { SubmissionHandler } from '../../turn.ts';
import { loadPlacedRules, loadRuleSites } from './load.ts';
import { readTestFields, TEST_BLOCKS, testMetadata } from './test-form.ts';
import { readTestRequest } from './test-request.ts';
import { buildTestAnswer, type TestedRule } from './test-view.ts';

/** What the rules say to a made-up request, as edges would decide it. Nothing is recorded: nothing is asked for. */
export const submitRuleTest: SubmissionHandler = async (deps, { person, view }) => {
  const { sites } = await loadRuleSites(deps, person);
  const fields = readTestFields(view);
  const read = readTestRequest(fields);
  if ('errors' in read) return { response_action: 'errors', errors: replyFieldErrors(read.errors) };
  const { facts } = read;
  const concerned = sites.filter(({ name }) => isWithin(facts.host, name));
  if (concerned.length === 0) {
    return {
      response_action: 'errors',
      errors: { [TEST_BLOCKS.url]: `${facts.host} is in none of the active sites, so no rule concerns it.` },
    };
  }
  const rules = await rulesFor(deps, concerned, deps.clock.now());
  const judgement = judge(rules, facts);
  const shown = { fields, judgement, rules: rules.length, metadata: testMetadata(fields) };
  return { response_action: 'update', view: buildTestAnswer(shown) };
};

/** In the order of the policy: rulesets by their age, whichever of the hostname's sites they belong to. */
async function rulesFor(deps: BotDeps, sites: readonly Site[], now: Date): Promise<TestedRule[]> {
  const all = await Promise.all(
    sites.map(async (site) => (await loadPlacedRules(deps, site.id)).map((placed) => ({ ...placed, site }))),
  );
  const age = ({ ruleset }: (typeof all)[number][number]) => ruleset.createdAt.getTime();
  return all
    .flat()
    .sort((a, b) => age(a) - age(b) || a.ruleset.number - b.ruleset.number)
    .map(({ rule, ruleset, position, site }) => ({
      expression: rule.expression,
      action: rule.action,
      isOn: rule.status === 'on' && ruleset.status === 'on' && isInForce(timerOf(rule.config), now),
      row: rule,
      position,
      site,
    }));
}
