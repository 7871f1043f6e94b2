import { hash } from 'node:crypto';
import { decideGate, type GateDecision } from '../../../core/approvals/policy.ts';
import { canonicalJson } from '../../../core/canonical-json.ts';
import { findGaps } from '../../../core/edges/limited.ts';
import { type RuleRehearsal, rehearse } from '../../../core/inventory/dry-run.ts';
import type { Site } from '../../../core/store/rows.ts';
import { decidedBy, type Gap, staysAsItIs } from '../../../core/waf/gaps.ts';
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
  gaps: RuleGaps;
  /** Sentences of edges about what of the rules there are they cannot express. */
  inexpressible: readonly string[];
  /** Whether somebody else is asked, by the status that is chosen; undefined where nothing is taken away. */
  gate: { on: GateDecision | undefined; off: GateDecision | undefined };
  now: Date;
};

/** Where it could not be enforced, as far as nobody has accepted that yet. */
export type RuleGaps = {
  open: readonly Gap[];
  /** Names what is open: a tick is for exactly this. Empty where nothing is. */
  digest: string;
  /** Whether it can only be on where all of it is accepted. Else it is on as it is, and such an edge denies. */
  isNeeded: boolean;
};

export async function gapsToAccept(
  deps: Pick<BotDeps, 'store'>,
  { site, placed, draft }: Pick<DecidedRule, 'site' | 'placed' | 'draft'>,
): Promise<RuleGaps> {
  const gapsAt = await reading(findGaps(deps.store, site));
  const isSame = placed !== undefined && staysAsItIs(readRule(placed.rule.config), { ...draft, status: 'on' });
  const accepted = isSame ? placed.rule.acceptedGaps : [];
  // One that only watches, and is on, asks for nothing when such an edge comes: nothing is denied there.
  const found = isSame && draft.action === 'monitor' ? [] : gapsAt(decidedBy(draft));
  const open = found.filter(({ edge }) => !accepted.includes(edge.id));
  const named = canonicalJson(open.map(({ edge, hostnames }) => [edge.id, [...hostnames].sort()]));
  return { open, digest: open.length === 0 ? '' : hash('sha256', named).slice(0, 32), isNeeded: !isSame };
}

export async function surroundingsOf(deps: BotDeps, caller: Caller, decided: DecidedRule): Promise<RuleSurroundings> {
  const { site, placed, draft } = decided;
  const now = deps.clock.now();
  const gaps = await gapsToAccept(deps, decided);
  const [rehearsal, inexpressible, account] = await reading(
    Promise.all([
      rehearse(deps.store, site, { expression: draft.tree, timer: timerOf(draft.config) }, now),
      inexpressibleAt(deps, caller.accountId),
      deps.store.account(caller.accountId),
    ]),
  );
  const gateWhen = (status: RuleDraft['status']) => {
    if (!placed || !isInForceNow(placed.ruleset, placed.rule)) return undefined;
    const leavesOut = status === 'on' && gaps.open.length > 0;
    if (!leavesOut && !weakens(readRule(placed.rule.config), { ...draft, status })) return undefined;
    return decideGate(['rule_weaken'], account ?? { fourEyes: true, openGates: [] }, caller);
  };
  return { rehearsal, gaps, inexpressible, gate: { on: gateWhen('on'), off: gateWhen('off') }, now };
}

/** What edges say that they cannot express, each sentence with the edge's name. */
export async function inexpressibleAt(deps: Pick<BotDeps, 'store'>, accountId: string): Promise<string[]> {
  const [edges, states] = await Promise.all([deps.store.edges(accountId), deps.store.edgeStates(accountId)]);
  const names = new Map(edges.map(({ id, name }) => [id, name]));
  return states.flatMap(({ id, inexpressible }) => {
    const name = names.get(id);
    return name === undefined ? [] : inexpressible.map((sentence) => `${name}: ${sentence}`);
  });
}
