import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { code } from '../../core/slack/text.ts';
import { update } from '../../core/store/plan.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { refuseSameQuestion } from '../rules/asked.ts';
import { expectRulesets, loadRules, rulesetIn } from '../rules/load.ts';
import { protectingIn, rulesetGate } from '../rules/ruleset.ts';
import { planTold } from '../told.ts';
import { requireSiteActor } from './policy.ts';

/** Switches all rules of a ruleset on or off together; each keeps its own status. */
export async function carryOutWafRulesetUpdate(deps: JobDeps, request: RequestOf<'waf_ruleset_update'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const { account, grants, site, unchanged } = await requireSiteActor(deps, request, 'rules', payload.siteId);
  const stock = await loadRules(deps, site.id);
  const ruleset = rulesetIn(stock, payload.rulesetId);
  const { status } = payload;
  await refuseSameQuestion(deps, request);
  const protecting = status === 'off' ? protectingIn(stock, ruleset) : [];
  const gate = await passGate(deps, request, {
    ...rulesetGate(site, ruleset, protecting, status === 'off' ? 'Switch off' : 'Switch on'),
    account,
    grants,
  });
  if (!gate.passed) return;
  const at = deps.clock.now();
  const same = ruleset.status === status;
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...expectRulesets(stock, [ruleset]),
    update('rulesets', ruleset, { status, updatedAt: at }),
    ...(same
      ? []
      : events.rulesetEvent(
          { accountId, actorId, at },
          'ruleset.changed',
          { ...ruleset, status },
          { site: site.name, rules: ruleset.order.length },
        )),
    endRequest(
      request,
      'done',
      {
        code: 'ruleset_changed',
        message: `The ruleset ${code(ruleset.name)} of ${code(site.name)} is ${status}.`,
        siteId: site.id,
        rulesetId: ruleset.id,
      },
      at,
    ),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}
