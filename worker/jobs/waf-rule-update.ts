import type { Card } from '../../core/approvals/card.ts';
import { canonicalJson } from '../../core/canonical-json.ts';
import { findGaps } from '../../core/edges/limited.ts';
import { CountersignError } from '../../core/errors.ts';
import { ruleEvidenceText } from '../../core/inventory/dry-run.ts';
import type { Payload, RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { bold, code } from '../../core/slack/text.ts';
import { update } from '../../core/store/plan.ts';
import type { Rule, Ruleset, Site } from '../../core/store/rows.ts';
import type { DecidedBy } from '../../core/waf/certain.ts';
import { decidedBy, type Gap, staysAsItIs } from '../../core/waf/gaps.ts';
import { isInForceNow, moveTo } from '../../core/waf/order.ts';
import { printExpression } from '../../core/waf/print.ts';
import { type RuleDraft, readRule } from '../../core/waf/rule.ts';
import { weakens } from '../../core/waf/weakens.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { refuseSameQuestion } from '../rules/asked.ts';
import { rulesCard } from '../rules/card.ts';
import { type DecidedGaps, decideGaps, gapFacts, refuseOpenGaps } from '../rules/gaps.ts';
import { passHostnameGuard } from '../rules/guard.ts';
import { expectRulesets, loadRules, type RuleStock, ruleIn } from '../rules/load.ts';
import { planRuleEvents } from '../rules/plan.ts';
import { planTold } from '../told.ts';
import { requireSiteActor } from './policy.ts';

type Change = Payload<'waf_rule_update'>['changes'][number];
type Decided = {
  rule: Rule;
  ruleset: Ruleset;
  after: RuleDraft & { name: string };
  /** What of the rule is different; empty when only its place is. */
  changed: readonly string[];
  weakened: boolean;
  insisted: boolean;
  gaps: DecidedGaps;
};

/** Changes rules and moves them, all of it or nothing. What takes protection away waits for a second person. */
export async function carryOutWafRuleUpdate(deps: JobDeps, request: RequestOf<'waf_rule_update'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const { account, grants, site, unchanged } = await requireSiteActor(deps, request, 'rules', payload.siteId);

  // 1. What becomes of each rule, and of the order.
  const stock = await loadRules(deps, site.id);
  requireEachOnce(payload.changes);
  const who = { actorId, insist: payload.insist === true, accepts: payload.acceptGaps ?? [] };
  const gapsAt = await findGaps(deps.store, site);
  const decided = payload.changes.map((change) => decide(stock, change, who, gapsAt));
  const orders = ordersAfter(decided, payload.changes);
  await refuseSameQuestion(deps, request);

  // 2. Whether somebody else has to agree.
  const weakened = decided.filter((one) => one.weakened);
  // All of it is approved, and what weakens stands first.
  const shown = [...weakened, ...decided.filter((one) => !one.weakened)];
  const [only] = weakened.length === 1 ? weakened : [];
  const evidence = only ? await ruleEvidenceText(deps.store, site, only.rule.expression, deps.clock.now()) : null;
  const gate = await passGate(deps, request, {
    gate: weakened.length > 0 ? 'rule_weaken' : [],
    account,
    grants,
    targets: decided.map(({ rule }) => ({ table: 'rules', id: rule.id, version: rule.version })),
    card: withGaps({ ...rulesCard(site.name, shown), evidence }, decided),
  });
  if (!gate.passed) return;

  // 3. One transaction; it fails when any of these rules, or what is in their rulesets, has changed.
  const at = deps.clock.now();
  const moved = [...orders].map(([ruleset, order]) => update('rulesets', ruleset, { order, updatedAt: at }));
  const different = decided.filter(({ changed }) => changed.length > 0);
  const after = different.map(({ rule, after: draft, changed, insisted, gaps }) => ({
    rule: { ...rule, ...rowOf(draft, gaps) },
    facts: { changed: changed.join(', '), ...(insisted ? { insisted: true } : {}), ...gapFacts(gaps) },
  }));
  const places = payload.changes.flatMap(({ position }, index) => {
    const one = decided[index];
    return position === undefined || !one || !orders.has(one.ruleset) || one.changed.length > 0
      ? []
      : [{ rule: one.rule, facts: { changed: 'position', position } }];
  });
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...moved,
    ...expectRulesets(stock, [...orders.keys()]),
    ...different.map(({ rule, after: draft, gaps }) => update('rules', rule, { ...rowOf(draft, gaps), updatedAt: at })),
    ...planRuleEvents({ accountId, actorId, at }, request, 'changed', site.name, [...after, ...places]),
    endRequest(
      request,
      'done',
      {
        code: 'rules_changed',
        message: doneText(decided, site),
        siteId: site.id,
        versions: Object.fromEntries(
          decided.map(({ rule, changed }) => [rule.id, changed.length > 0 ? rule.version + 1 : rule.version]),
        ),
      },
      at,
    ),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

/** Keys that a change leaves out keep their value; a status beside the configuration wins over the one in it. */
function decide(
  stock: RuleStock,
  change: Change,
  who: { actorId: string; insist: boolean; accepts: readonly string[] },
  gapsAt: (rule: DecidedBy) => Gap[],
): Decided {
  const { rule, ruleset } = ruleIn(stock, change.ruleId);
  const before = readRule(rule.config);
  const status = change.status === undefined ? {} : { Status: change.status };
  const read = readRule({ ...rule.config, ...change.config, ...status });
  const after = { ...read, name: read.name ?? rule.name };
  const rewritten = printExpression(after.tree) !== printExpression(before.tree);
  // Somebody has insisted on what is there already.
  const insisted = rewritten && passHostnameGuard(after, who.actorId, who.insist);
  // What was accepted was accepted of this rule, as it is.
  const isSame = staysAsItIs(before, after);
  const found = after.status === 'on' ? gapsAt(decidedBy(after)) : [];
  const gaps = decideGaps(found, { ...who, before: isSame ? rule.acceptedGaps : [] });
  if (!isSame) refuseOpenGaps(gaps, rule.number);
  const protecting = isInForceNow(ruleset, rule);
  return {
    rule,
    ruleset,
    after,
    changed: differences(rule, after, gaps),
    weakened: protecting && (weakens(before, after) || gaps.newly.length > 0),
    insisted,
    gaps,
  };
}

function differences(rule: Rule, after: RuleDraft & { name: string }, { accepted }: DecidedGaps): string[] {
  const { Name, Expression, Action, Status, ...rest } = rule.config;
  const { Name: _n, Expression: _e, Action: _a, Status: _s, ...restAfter } = after.config;
  return [
    rule.name === after.name ? '' : 'name',
    rule.expression === after.expression ? '' : 'expression',
    rule.action === after.action ? '' : 'action',
    rule.status === after.status ? '' : 'status',
    canonicalJson(rest) === canonicalJson(restAfter) ? '' : 'other settings',
    canonicalJson([...rule.acceptedGaps].sort()) === canonicalJson([...accepted].sort())
      ? ''
      : 'edges that leave it out',
  ].filter((word) => word !== '');
}

function rowOf({ name, expression, action, status, config }: Decided['after'], { accepted }: DecidedGaps) {
  return { name, expression, action, status, config: { ...config, Name: name }, acceptedGaps: accepted };
}

/** Whoever approves it is told first which edges will leave the rule out: requests there are not judged by it. */
function withGaps(card: Card, decided: readonly Decided[]): Card {
  const facts = decided.flatMap(({ rule, gaps: { newly } }): [string, string][] => {
    if (newly.length === 0) return [];
    const named = newly.slice(0, EDGES_NAMED).map(({ edge }) => bold(edge.name));
    const more = newly.length > EDGES_NAMED ? ` and ${newly.length - EDGES_NAMED} more` : '';
    return [[`Rule ${rule.number}, not enforced by`, `${named.join(', ')}${more}, which cannot`]];
  });
  return { ...card, facts: [...facts.slice(0, RULES_NAMED), ...card.facts] };
}

const EDGES_NAMED = 5;
const RULES_NAMED = 2;

/** The orders that are different after all moves, one after the other. */
function ordersAfter(decided: readonly Decided[], changes: readonly Change[]): Map<Ruleset, string[]> {
  const orders = new Map<Ruleset, string[]>();
  for (const [index, { rule, ruleset }] of decided.entries()) {
    const position = changes[index]?.position;
    if (position !== undefined) orders.set(ruleset, moveTo(orders.get(ruleset) ?? ruleset.order, rule.id, position));
  }
  return new Map([...orders].filter(([ruleset, order]) => order.some((id, place) => id !== ruleset.order[place])));
}

function requireEachOnce(changes: readonly Change[]): void {
  if (new Set(changes.map(({ ruleId }) => ruleId)).size === changes.length) return;
  throw new CountersignError('invalid_input', { userMessage: 'One rule is named twice. Nothing was changed.' });
}

function doneText(decided: readonly Decided[], site: Site): string {
  const [only] = decided;
  return decided.length > 1 || !only
    ? `${decided.length} rules of ${code(site.name)} were changed.`
    : `The rule ${code(only.after.name)} of ${code(site.name)} was changed. It is ${only.after.status}.`;
}
