import type { PolicyAuthority, PolicyRule } from '../../core/snapshot/policy.ts';
import type { ClientState } from '../../core/waf/certain.ts';

/** What becomes of a request: 0 lets it through, anything else is the status of a denial. */
export type Verdicts = Readonly<Record<ClientState, number>>;

/** How a proxy decides for one hostname. */
export type HostPlan = {
  /** As in the agent's configuration: lower case, A-labels. */
  hostname: string;
  certificateFile: string;
  keyFile: string;
  /** Where requests go: `http://HOST:PORT` or `https://HOST:PORT`. */
  origin: string;
  /** Whose certificates are accepted; none where no client certificate is asked for. */
  authorities: readonly PolicyAuthority[];
  /**
   * Certificates below intermediates: there can be none, or the agent finds out what they are worth, or they count for
   * nothing, because it cannot be asked.
   */
  chains: 'none' | 'agent' | 'refused';
  /** `table`: the proxy decides alone. `agent`: a rule needs more than it has, so it asks the agent, and denies without an answer. */
  decision: { kind: 'table'; verdicts: Verdicts } | { kind: 'agent'; statuses: readonly number[] };
  /** Rules that are not decided as they are written. */
  gaps: readonly HostGap[];
};

/**
 * `unreadable`: it is of a newer kind, and denies (503); `denied`: it denies what it may be about (503); `accepted`: it is
 * left out, as somebody has accepted; `unwatched`: it only watches, and does not here.
 */
export type HostGap = { rule: PolicyRule; why: 'unreadable' | 'denied' | 'accepted' | 'unwatched' };

/** An authority by its issuer name; a name is what a proxy can tell direct issuers apart by. */
export type IssuerPattern = { authorityId: string; pattern: string };

/** The statuses with which a hostname's requests may be denied. */
export function statusesOf(plan: HostPlan): number[] {
  const all = plan.decision.kind === 'table' ? Object.values(plan.decision.verdicts) : plan.decision.statuses;
  return [...new Set(all.filter((status) => status !== 0))].sort((a, b) => a - b);
}

/**
 * A value that comes from outside, on its way into a configuration: only these characters can be in one, and none of
 * them ends, quotes or expands anything in nginx or HAProxy.
 * @throws RangeError for anything else; what is refused here was to be refused where it was read.
 */
export function word(value: string): string {
  if (!/^[A-Za-z0-9._:/@*-]{1,500}$/.test(value)) throw new RangeError(`not a plain word: ${JSON.stringify(value)}`);
  return value;
}
