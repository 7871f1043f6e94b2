import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import { ruleEvidenceText } from '../../core/inventory/dry-run.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { code } from '../../core/slack/text.ts';
import { update } from '../../core/store/plan.ts';
import { isInForceNow } from '../../core/waf/order.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { refuseSameQuestion } from '../rules/asked.ts';
import { rulesCard } from '../rules/card.ts';
import { expectRulesets, loadRules, ruleIn } from '../rules/load.ts';
import { planTold } from '../told.ts';
import { requireSiteActor } from './policy.ts';

/** Deletes a rule. Its row stays, so that its number is never given again. One that denies needs a second person. */
export async function carryOutWafRuleDelete(deps: JobDeps, request: RequestOf<'waf_rule_delete'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const { account, grants, site, unchanged } = await requireSiteActor(deps, request, 'rules', payload.siteId);
  const stock = await loadRules(deps, site.id);
  const { rule, ruleset } = ruleIn(stock, payload.ruleId);
  await refuseSameQuestion(deps, request);
  const evidence = await ruleEvidenceText(deps.store, site, rule.expression, deps.clock.now());
  const gate = await passGate(deps, request, {
    gate: isInForceNow(ruleset, rule) ? 'rule_weaken' : [],
    account,
    grants,
    targets: [{ table: 'rules', id: rule.id, version: rule.version }],
    card: { ...rulesCard(site.name, [{ rule, after: null }]), evidence },
  });
  if (!gate.passed) return;
  const at = deps.clock.now();
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...expectRulesets(stock, [ruleset]),
    update('rulesets', ruleset, { order: ruleset.order.filter((id) => id !== rule.id), updatedAt: at }),
    update('rules', rule, { deletedAt: at, updatedAt: at }),
    ...events.ruleEvent({ accountId, actorId, at }, 'rule.deleted', rule, { site: site.name }, true),
    endRequest(
      request,
      'done',
      {
        code: 'rule_deleted',
        message: `The rule ${code(rule.name)} of ${code(site.name)} is deleted.`,
        siteId: site.id,
        ruleId: rule.id,
      },
      at,
    ),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}
