import { randomUUID } from 'node:crypto';
import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { code } from '../../core/slack/text.ts';
import type { Ruleset } from '../../core/store/rows.ts';
import { MOST_RULESETS, PHASE } from '../../core/waf/order.ts';
import { isReadable } from '../../core/waf/refusal.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { expectRulesets, loadRules } from '../rules/load.ts';
import { planRuleset } from '../rules/plan.ts';
import { planTold } from '../told.ts';
import { requireSiteActor } from './policy.ts';

/** Makes an empty ruleset, on. Clients that make one first want it; a rule without one gets one by itself. */
export async function carryOutWafRulesetCreate(deps: JobDeps, request: RequestOf<'waf_ruleset_create'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const { account, grants, site, unchanged } = await requireSiteActor(deps, request, 'rules', payload.siteId);
  const stock = await loadRules(deps, site.id);
  if (stock.rulesets.length >= MOST_RULESETS) {
    throw new CountersignError('over_quota', {
      userMessage: `${code(site.name)} has ${stock.rulesets.length} rulesets; a site can have ${MOST_RULESETS}. Nothing was changed.`,
    });
  }
  const name = payload.name.trim() || PHASE;
  if (!isReadable(name)) {
    throw new CountersignError('rule_refused', {
      userMessage: 'Name has no line breaks, control characters, and characters that reverse the direction of writing.',
    });
  }
  const gate = await passGate(deps, request, {
    gate: [],
    account,
    grants,
    targets: [{ table: 'sites', id: site.id, version: site.version }],
    card: {
      what: `Make the ruleset ${code(name)} for ${code(site.name)}`,
      plain: `Make a ruleset for ${site.name}`,
      facts: [],
      because: '',
      evidence: null,
      risk: 'None by itself: it has no rules.',
    },
  });
  if (!gate.passed) return;
  const at = deps.clock.now();
  const ruleset: Ruleset = {
    id: randomUUID(),
    accountId,
    siteId: site.id,
    number: stock.next.ruleset,
    phase: PHASE,
    name,
    status: 'on',
    order: [],
    createdAt: at,
    updatedAt: at,
    deletedAt: null,
    version: 1,
  };
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...expectRulesets(stock, []),
    ...planRuleset(site, ruleset),
    ...events.rulesetEvent({ accountId, actorId, at }, 'ruleset.created', ruleset, { site: site.name, rules: 0 }),
    endRequest(
      request,
      'done',
      {
        code: 'ruleset_created',
        message: `The ruleset ${code(name)} of ${code(site.name)} was made. Its number is ${ruleset.number}.`,
        siteId: site.id,
        rulesetId: ruleset.id,
        rulesetNumber: ruleset.number,
      },
      at,
    ),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}
