import { decideGate, type GateDecision } from '../../../core/approvals/policy.ts';
import { type RuleRehearsal, rehearse } from '../../../core/inventory/dry-run.ts';
import type { Site } from '../../../core/store/rows.ts';
import { isInForceNow } from '../../../core/waf/order.ts';
import { type RuleDraft, readRule } from '../../../core/waf/rule.ts';
import { timerOf } from '../../../core/waf/timer.ts';
import { weakens } from '../../../core/waf/weakens.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import type { Caller } from '../../middleware/caller.ts';
import { type Drafted, type DraftRefused, draftRule, unguardedReason } from './draft.ts';
import type { PreviewState } from './form.ts';
import { loadRule, type PlacedRule, siteOf } from './load.ts';

/** What a preview shows, and what is recorded when it is saved. */
export type DecidedRule = Drafted & {
  site: Site;
  /** As it is now; undefined for a new one. */
  placed: PlacedRule | undefined;
};

/** @throws CountersignError `not_found` when the rule is gone, `no_site`. */
export async function decideRule(
  deps: BotDeps,
  { caller, sites }: { caller: Caller; sites: readonly Site[] },
  state: PreviewState,
): Promise<DecidedRule | (DraftRefused & { site: Site; placed: PlacedRule | undefined })> {
  const placed = state.subject && (await loadRule(deps, caller, state.subject.ruleId));
  const site = siteOf(sites, placed?.site.id ?? (state.kind === 'form' ? state.fields.siteId : ''));
  if (state.kind === 'form') {
    const fields = { ...state.fields, siteId: site.id };
    return { site, placed, ...draftRule(fields, site, placed?.rule) };
  }
  const draft = readRule({ ...placed?.rule.config, Status: 'on' });
  return { site, placed, config: {}, draft, unguarded: unguardedReason(draft, placed?.rule) };
}

/** What is beside the decision: what edges have seen, what they cannot do, and who else is asked. */
export type RuleSurroundings = {
  rehearsal: RuleRehearsal;
  /** Sentences of edges about what they cannot express. */
  gaps: readonly string[];
  /** Whether somebody else is asked, by the status that is chosen; undefined where nothing is taken away. */
  gate: { on: GateDecision | undefined; off: GateDecision | undefined };
  now: Date;
};

export async function surroundingsOf(
  deps: BotDeps,
  caller: Caller,
  { site, placed, draft }: DecidedRule,
): Promise<RuleSurroundings> {
  const now = deps.clock.now();
  const [rehearsal, gaps, account] = await reading(
    Promise.all([
      rehearse(deps.store, site, { expression: draft.tree, timer: timerOf(draft.config) }, now),
      edgeGaps(deps, caller.accountId),
      deps.store.account(caller.accountId),
    ]),
  );
  const gateWhen = (status: RuleDraft['status']) => {
    if (!placed || !isInForceNow(placed.ruleset, placed.rule)) return undefined;
    if (!weakens(readRule(placed.rule.config), { ...draft, status })) return undefined;
    return decideGate(['rule_weaken'], account ?? { fourEyes: true, openGates: [] }, caller);
  };
  return { rehearsal, gaps, gate: { on: gateWhen('on'), off: gateWhen('off') }, now };
}

/** What edges say that they cannot express, each sentence with the edge's name. */
export async function edgeGaps(deps: Pick<BotDeps, 'store'>, accountId: string): Promise<string[]> {
  const [edges, states] = await Promise.all([deps.store.edges(accountId), deps.store.edgeStates(accountId)]);
  const names = new Map(edges.map(({ id, name }) => [id, name]));
  return states.flatMap(({ id, inexpressible }) => {
    const name = names.get(id);
    return name === undefined ? [] : inexpressible.map((sentence) => `${name}: ${sentence}`);
  });
}
