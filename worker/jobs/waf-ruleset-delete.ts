import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { code } from '../../core/slack/text.ts';
import { update } from '../../core/store/plan.ts';
import { inOrder } from '../../core/waf/order.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { refuseSameQuestion } from '../rules/asked.ts';
import { expectRulesets, loadRules, rulesetIn } from '../rules/load.ts';
import { protectingIn, rulesetGate } from '../rules/ruleset.ts';
import { planTold } from '../told.ts';
import { requireSiteActor } from './policy.ts';

/** Deletes a ruleset and its rules. */
export async function carryOutWafRulesetDelete(deps: JobDeps, request: RequestOf<'waf_ruleset_delete'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const { account, grants, site, unchanged } = await requireSiteActor(deps, request, 'rules', payload.siteId);
  const stock = await loadRules(deps, site.id);
  const ruleset = rulesetIn(stock, payload.rulesetId);
  const rules = inOrder(ruleset, stock.rules);
  await refuseSameQuestion(deps, request);
  const gate = await passGate(deps, request, {
    ...rulesetGate(site, ruleset, protectingIn(stock, ruleset), 'Delete'),
    account,
    grants,
  });
  if (!gate.passed) return;
  const at = deps.clock.now();
  const who = { accountId, actorId, at };
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...expectRulesets(stock, [ruleset]),
    update('rulesets', ruleset, { deletedAt: at, updatedAt: at, order: [] }),
    ...rules.map((rule) => update('rules', rule, { deletedAt: at, updatedAt: at })),
    // The audit channel is told of the ruleset; each of its rules is in the chain.
    ...rules.flatMap((rule) => events.ruleEvent(who, 'rule.deleted', rule, { site: site.name }, false)),
    ...events.rulesetEvent(who, 'ruleset.deleted', ruleset, { site: site.name, rules: rules.length }),
    endRequest(
      request,
      'done',
      {
        code: 'ruleset_deleted',
        message: `The ruleset ${code(ruleset.name)} of ${code(site.name)} is deleted, with ${rules.length === 1 ? 'its rule' : `its ${rules.length} rules`}.`,
        siteId: site.id,
        rulesetId: ruleset.id,
      },
      at,
    ),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}
