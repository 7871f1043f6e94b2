import type { PolicyRule } from '../../core/snapshot/policy.ts';
import { CLIENT_STATES, type ClientState, deniesFor, type Known } from '../../core/waf/certain.ts';
import { canDecide } from '../../core/waf/gaps.ts';
import { parseExpression } from '../../core/waf/parse.ts';
import type { Expression } from '../../core/waf/syntax.ts';
import type { HostGap, HostPlan, Verdicts } from './plan.ts';

/**
 * How a hostname's requests are decided: by a table where all its rules can be known beforehand, else by the agent. A
 * rule that cannot be read denies everything of its site, with 503.
 * @param rules in their order.
 * @param others the hostnames that have a plan of their own, so that a wildcard does not stand for them.
 * @param edgeId of a proxy that cannot ask its agent. A rule that it cannot decide by is left out where that was accepted
 *   of this edge, or where it only watches; any other denies what it may be about, with 503.
 */
export function decisionFor(
  hostname: string,
  rules: readonly PolicyRule[],
  others: ReadonlySet<string>,
  edgeId?: string,
): Pick<HostPlan, 'decision' | 'gaps'> {
  const concerned = rules.filter(({ site }) => hostname === site || hostname.endsWith(`.${site}`));
  const read = concerned.map((rule) => ({ rule, tree: treeOf(rule) }));
  const gaps = read.flatMap(({ rule, tree }): HostGap[] => {
    if (tree === UNREADABLE || tree === NEVER) return [{ rule, why: 'unreadable' }];
    if (edgeId === undefined || canDecide({ ...rule, tree }, hostname, others)) return [];
    // One that only watches denies nothing, so there is nothing to be careful about.
    const why = rule.acceptedGaps?.includes(edgeId) ? 'accepted' : rule.action === 'monitor' ? 'unwatched' : 'denied';
    return [{ rule, why }];
  });
  const leftOut = new Set(gaps.filter(({ why }) => why === 'accepted' || why === 'unwatched').map(({ rule }) => rule));
  const counted = read.filter(({ rule }) => !leftOut.has(rule));
  const verdicts: Partial<Record<ClientState, number>> = {};
  for (const state of CLIENT_STATES) {
    const verdict = verdictOf(counted, { hostname, others, state }) ?? (edgeId === undefined ? undefined : 503);
    if (verdict === undefined)
      return { decision: { kind: 'agent', statuses: [...concerned.map(statusOf), 403, 503] }, gaps };
    verdicts[state] = verdict;
  }
  return { decision: { kind: 'table', verdicts: verdicts as Verdicts }, gaps };
}

/** What stands for a rule in a newer form of the language than this edge knows: it must not fail open. */
const UNREADABLE: Expression = { kind: 'always', value: true, column: 1 };
const NEVER: Expression = { kind: 'always', value: false, column: 1 };

function treeOf(rule: PolicyRule): Expression {
  try {
    return parseExpression(rule.expression);
  } catch {
    return rule.action === 'deny' ? UNREADABLE : NEVER;
  }
}

const statusOf = ({ action, status }: PolicyRule) => (action === 'deny' ? status : 403);

/** Undefined: it depends on more than is known. */
function verdictOf(rules: readonly { rule: PolicyRule; tree: Expression }[], known: Known): number | undefined {
  for (const { rule, tree } of rules) {
    const denies = deniesFor({ ...rule, tree }, known);
    if (denies === undefined) return undefined;
    if (denies) return tree === UNREADABLE ? 503 : rule.status;
  }
  return 0;
}
