import { canonicalJson } from '../canonical-json.ts';
import { namesServed } from '../edges/served.ts';
import { CLIENT_STATES, type DecidedBy, deniesFor } from './certain.ts';
import { printExpression } from './print.ts';
import type { RuleDraft } from './rule.ts';
import { timerOf } from './timer.ts';

/** An edge whose proxy cannot ask the agent beside it, so that it decides by what a proxy sees and nothing else. */
export type LimitedEdge = {
  id: string;
  name: string;
  /** Why it cannot ask, in the edge's words. */
  reason: string;
  /** What it serves, wildcards included; null: more names than it can tell. */
  hostnames: readonly string[] | null;
};

/** That a rule cannot be enforced at an edge for these of its hostnames. */
export type Gap = { edge: LimitedEdge; hostnames: readonly string[] };

/**
 * Where a rule cannot be enforced.
 * @param site the domain whose requests it is about.
 * @param bound the hostnames that are bound there.
 */
export function gapsOf(
  rule: DecidedBy,
  { site, bound }: { site: string; bound: readonly string[] },
  edges: readonly LimitedEdge[],
): Gap[] {
  return edges.flatMap((edge) => {
    const names = namesServed(edge.hostnames ?? [site, `*.${site}`], bound);
    const others = new Set(names);
    const hostnames = names.filter((hostname) => isWithin(hostname, site) && !canDecide(rule, hostname, others));
    return hostnames.length === 0 ? [] : [{ edge, hostnames }];
  });
}

/** Whether a proxy can decide by the rule for a hostname without asking anybody. */
export function canDecide(rule: DecidedBy, hostname: string, others: ReadonlySet<string>): boolean {
  return CLIENT_STATES.every((state) => deniesFor(rule, { hostname, others, state }) !== undefined);
}

function isWithin(hostname: string, site: string): boolean {
  return hostname === site || hostname.endsWith(`.${site}`);
}

/** A rule's draft, as far as it matters to who can decide by it. */
export function decidedBy({ tree, action, config }: Pick<RuleDraft, 'tree' | 'action' | 'config'>): DecidedBy {
  return { tree, action, timer: timerOf(config) };
}

/** Whether it is on in both and decides alike: then what was accepted of its gaps stays accepted. */
export function staysAsItIs(before: Judged, after: Judged): boolean {
  return before.status === 'on' && after.status === 'on' && spellingOf(before) === spellingOf(after);
}

type Judged = Pick<RuleDraft, 'tree' | 'action' | 'status' | 'config'>;

function spellingOf({ tree, action, config }: Judged): string {
  return canonicalJson([printExpression(tree), action, timerOf(config) ?? null]);
}
