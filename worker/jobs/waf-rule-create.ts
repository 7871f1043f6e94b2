import { randomUUID } from 'node:crypto';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { code } from '../../core/slack/text.ts';
import { insert, update } from '../../core/store/plan.ts';
import type { Rule, Ruleset, Site } from '../../core/store/rows.ts';
import { MOST_RULES, PHASE } from '../../core/waf/order.ts';
import { readRule } from '../../core/waf/rule.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { refuseSameQuestion } from '../rules/asked.ts';
import { newRulesCard } from '../rules/card.ts';
import { passHostnameGuard } from '../rules/guard.ts';
import { expectRulesets, loadRules, type RuleStock, rulesetIn } from '../rules/load.ts';
import { planRuleEvents, planRuleset } from '../rules/plan.ts';
import { planTold } from '../told.ts';
import { requireSiteActor } from './policy.ts';

/** Makes rules at the end of a ruleset, all of them or none. A site's first rule makes its ruleset. */
export async function carryOutWafRuleCreate(deps: JobDeps, request: RequestOf<'waf_rule_create'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const { account, grants, site, unchanged } = await requireSiteActor(deps, request, 'rules', payload.siteId);

  // 1. What is asked for, by the rules of the language.
  const drafts = payload.configs.map((config, index) =>
    naming(index, payload.configs.length, () => {
      const draft = readRule(config);
      return { ...draft, insisted: passHostnameGuard(draft, actorId, payload.insist === true) };
    }),
  );
  const stock = await loadRules(deps, site.id);
  requireRoom(stock, drafts.length, site);
  const at = deps.clock.now();
  const ruleset = payload.rulesetId === undefined ? stock.rulesets[0] : rulesetIn(stock, payload.rulesetId);
  const home = ruleset ?? firstRuleset(site, stock.next.ruleset, at);

  // 2. A new rule takes nothing away, so that only an API key that does not act alone waits for somebody.
  await refuseSameQuestion(deps, request);
  const gate = await passGate(deps, request, {
    gate: [],
    account,
    grants,
    targets: [{ table: 'sites', id: site.id, version: site.version }],
    card: newRulesCard(site.name, drafts),
  });
  if (!gate.passed) return;

  // 3. One transaction; it fails when another rule was added meanwhile.
  const rules = drafts.map(({ name, config, ...draft }, index): Rule => {
    const number = stock.next.rule + index;
    const called = name ?? `rule ${number}`;
    return {
      id: randomUUID(),
      accountId,
      siteId: site.id,
      rulesetId: home.id,
      number,
      name: called,
      expression: draft.expression,
      action: draft.action,
      status: draft.status,
      config: { ...config, Name: called },
      createdBy: actorId,
      createdAt: at,
      updatedAt: at,
      deletedAt: null,
      version: 1,
    };
  });
  const order = [...home.order, ...rules.map(({ id }) => id)];
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...expectRulesets(stock, [home]),
    ...(ruleset ? [update('rulesets', ruleset, { order, updatedAt: at })] : planRuleset(site, { ...home, order })),
    ...rules.map((rule) => insert('rules', rule)),
    ...planRuleEvents(
      { accountId, actorId, at },
      request,
      'created',
      site.name,
      rules.map((rule, index) => ({ rule, facts: drafts[index]?.insisted ? { insisted: true } : {} })),
    ),
    endRequest(
      request,
      'done',
      {
        code: 'rules_created',
        message: doneText(rules, site),
        siteId: site.id,
        rulesetNumber: home.number,
        ruleIds: rules.map(({ id }) => id),
        ruleNumbers: rules.map(({ number }) => number),
      },
      at,
    ),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

/** Of several the message says which one is refused. */
function naming<T>(index: number, count: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (count === 1 || !(error instanceof CountersignError) || error.code !== 'rule_refused') throw error;
    throw new CountersignError('rule_refused', {
      userMessage: `Rule ${index + 1} of ${count}: ${error.userMessage}`,
      details: error.details,
      cause: error,
    });
  }
}

function requireRoom(stock: RuleStock, added: number, site: Site): void {
  if (stock.rules.length + added <= MOST_RULES) return;
  throw new CountersignError('over_quota', {
    userMessage: `${code(site.name)} has ${stock.rules.length} rules; a site can have ${MOST_RULES}. Nothing was changed.`,
  });
}

function firstRuleset(site: Site, number: number, at: Date): Ruleset {
  return {
    id: randomUUID(),
    accountId: site.accountId,
    siteId: site.id,
    number,
    phase: PHASE,
    name: PHASE,
    status: 'on',
    order: [],
    createdAt: at,
    updatedAt: at,
    deletedAt: null,
    version: 1,
  };
}

function doneText(rules: readonly Rule[], site: Site): string {
  const [only] = rules;
  if (rules.length > 1 || !only) return `${rules.length} rules were made for ${code(site.name)}.`;
  return `The rule ${code(only.name)} was made for ${code(site.name)}. Its number is ${only.number}, and it is ${only.status}.`;
}
