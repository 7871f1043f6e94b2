import type { Policy } from '../../core/snapshot/policy.ts';
import { decisionFor } from './outcome.ts';
import type { HostPlan } from './plan.ts';

/** A hostname of the agent's own configuration; its files and its origin. */
export type ServedHost = Pick<HostPlan, 'hostname' | 'certificateFile' | 'keyFile' | 'origin'>;

/**
 * How every hostname that the proxy serves is decided. A name that the policy binds and that only a wildcard serves gets
 * a server of its own, with the wildcard's certificate and origin: what is accepted there is not what is accepted beside it.
 * @param seesFingerprints whether the proxy itself looks up which certificates are blocked; else the agent is asked
 *   wherever certificates are accepted, as long as any is blocked.
 */
export function planHosts(
  served: readonly ServedHost[],
  policy: Policy,
  { seesFingerprints }: { seesFingerprints: boolean },
): HostPlan[] {
  // Without a path of its own, so that nginx hands on the path as it came.
  const byName = new Map(served.map((host) => [host.hostname, { ...host, origin: new URL(host.origin).origin }]));
  for (const { hostname } of policy.hosts) {
    const wildcard = byName.get(wildcardOf(hostname));
    if (wildcard && !byName.has(hostname)) byName.set(hostname, { ...wildcard, hostname });
  }
  const names = new Set(byName.keys());
  const bound = new Map(policy.hosts.map(({ hostname, authorities }) => [hostname, authorities]));
  const byId = new Map(policy.authorities.map((authority) => [authority.id, authority]));
  const blocks = policy.blockedFingerprints.length > 0 && !seesFingerprints;
  return [...byName.values()].map((host) => {
    const ids = bound.get(host.hostname) ?? bound.get(wildcardOf(host.hostname)) ?? [];
    const authorities = ids.flatMap((id) => byId.get(id) ?? []);
    const decision = decisionFor(host.hostname, policy.rules, names);
    const asks = blocks && authorities.length > 0 && decision.kind === 'table';
    return {
      ...host,
      authorities,
      decision: asks ? { kind: 'agent', statuses: statusesIn(decision.verdicts) } : decision,
    };
  });
}

function statusesIn(verdicts: Readonly<Record<string, number>>): number[] {
  return [...new Set([...Object.values(verdicts), 403, 503])].filter((status) => status !== 0);
}

/** `*.example.com` for `api.example.com`; of a wildcard itself nothing that anybody serves. */
function wildcardOf(hostname: string): string {
  const dot = hostname.indexOf('.');
  return hostname.startsWith('*.') || dot < 0 ? '' : `*${hostname.slice(dot)}`;
}
