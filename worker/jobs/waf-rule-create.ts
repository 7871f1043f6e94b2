import { randomUUID } from 'node:crypto';
import { findGaps } from '../../core/edges/limited.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { gapTexts } from '../../core/slack/rules.ts';
import { code } from '../../core/slack/text.ts';
import { insert, update } from '../../core/store/plan.ts';
import type { Rule, Ruleset, Site } from '../../core/store/rows.ts';
import { decidedBy } from '../../core/waf/gaps.ts';
import { MOST_RULES, PHASE } from '../../core/waf/order.ts';
import { readRule } from '../../core/waf/rule.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { refuseSameQuestion } from '../rules/asked.ts';
import { newRulesCard } from '../rules/card.ts';
import { type DecidedGaps, decideGaps, gapFacts } from '../rules/gaps.ts';
import { passHostnameGuard } from '../rules/guard.ts';
import { expectRulesets, loadRules, type RuleStock, rulesetIn } from '../rules/load.ts';
import { planRuleEvents, planRuleset } from '../rules/plan.ts';
import { planTold } from '../told.ts';
import { requireSiteActor } from './policy.ts';

/** Makes rules at the end of a ruleset, all of them or none. A site's first rule makes its ruleset. */
export async function carryOutWafRuleCreate(deps: JobDeps, request: RequestOf<'waf_rule_create'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const { account, grants, site, unchanged } = await requireSiteActor(deps, request, 'rules', payload.siteId);

  // 1. What is asked for, by the rules of the language. What some edge could not enforce is off until that is accepted.
  const gapsAt = await findGaps(deps.store, site);
  const drafts = payload.configs.map((config, index) =>
    naming(index, payload.configs.length, () => {
      const draft = readRule(config);
      const found = draft.status === 'on' ? gapsAt(decidedBy(draft)) : [];
      const gaps = decideGaps(found, { before: [], accepts: payload.acceptGaps ?? [], actorId });
      return {
        ...draft,
        status: gaps.open.length > 0 ? ('off' as const) : draft.status,
        insisted: passHostnameGuard(draft, actorId, payload.insist === true),
        gaps,
      };
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
  const rules = drafts.map(({ name, config, gaps, ...draft }, index): Rule => {
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
      config: { ...config, Name: called, ...(gaps.open.length > 0 ? { Status: 'off' } : {}) },
      acceptedGaps: draft.status === 'on' ? gaps.accepted : [],
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
      rules.map((rule, index) => ({ rule, facts: drafts[index] ? factsOf(drafts[index]) : {} })),
    ),
    endRequest(
      request,
      'done',
      {
        code: 'rules_created',
        message: doneText(rules, drafts, site),
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

type Decided = { insisted: boolean; gaps: DecidedGaps };

function factsOf({ insisted, gaps }: Decided): Record<string, string | boolean> {
  const names = gaps.open.map(({ edge }) => edge.name).join(', ');
  return { ...(insisted ? { insisted } : {}), ...gapFacts(gaps), ...(names === '' ? {} : { offBecauseOf: names }) };
}

function doneText(rules: readonly Rule[], drafts: readonly Decided[], site: Site): string {
  const [only] = rules;
  const [draft] = drafts;
  if (rules.length > 1 || !only || !draft) {
    const off = rules.filter((_, index) => drafts[index]?.gaps.open.length);
    const numbers = off.map(({ number }) => number).join(', ');
    const made = `${rules.length} rules were made for ${code(site.name)}.`;
    if (off.length === 0) return made;
    return `${made} Some are off, because there are edges that cannot enforce them: ${numbers}. \`/mtls waf enable NUMBER\` says which, and lets an administrator accept it.`;
  }
  const made = `The rule ${code(only.name)} was made for ${code(site.name)}. Its number is ${only.number}, and it is ${only.status}.`;
  if (draft.gaps.open.length === 0) return made;
  return `${made} ${gapTexts(draft.gaps.open).join(' ')} So it stays off until an administrator accepts that: \`/mtls waf enable ${only.number}\`.`;
}
