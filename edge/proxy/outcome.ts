import type { PolicyRule } from '../../core/snapshot/policy.ts';
import { CLIENT_STATES, type ClientState, type Known, truthOf } from '../../core/waf/certain.ts';
import { parseExpression } from '../../core/waf/parse.ts';
import type { Expression } from '../../core/waf/syntax.ts';
import type { HostPlan, Verdicts } from './plan.ts';

/**
 * How a hostname's requests are decided: by a table where all its rules can be known beforehand, else by the agent. A
 * rule that cannot be read denies everything of its site, with 503.
 * @param rules in their order.
 * @param others the hostnames that have a plan of their own, so that a wildcard does not stand for them.
 */
export function decisionFor(
  hostname: string,
  rules: readonly PolicyRule[],
  others: ReadonlySet<string>,
): HostPlan['decision'] {
  const concerned = rules.filter(({ site }) => hostname === site || hostname.endsWith(`.${site}`));
  const read = concerned.map((rule) => ({ rule, tree: treeOf(rule) }));
  const verdicts: Partial<Record<ClientState, number>> = {};
  for (const state of CLIENT_STATES) {
    const verdict = verdictOf(read, { hostname, others, state });
    if (verdict === undefined) return { kind: 'agent', statuses: [...concerned.map(statusOf), 403, 503] };
    verdicts[state] = verdict;
  }
  return { kind: 'table', verdicts: verdicts as Verdicts };
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

/**
 * Undefined: it depends on more than is known. So does a rule with a timer, as the table stays while times change; and
 * one that only watches needs the agent, which counts it.
 */
function verdictOf(rules: readonly { rule: PolicyRule; tree: Expression }[], known: Known): number | undefined {
  for (const { rule, tree } of rules) {
    const matches = truthOf(tree, known);
    if (matches === false) continue;
    if (matches === undefined || rule.action === 'monitor' || rule.timer) return undefined;
    return tree === UNREADABLE ? 503 : rule.status;
  }
  return 0;
}
