import type { Policy, PolicyAuthority } from '../../core/snapshot/policy.ts';
import { readChainCertificate } from '../decide/certificate.ts';
import { decisionFor } from './outcome.ts';
import type { HostPlan } from './plan.ts';

/** A hostname of the agent's own configuration; its files and its origin. */
export type ServedHost = Pick<HostPlan, 'hostname' | 'certificateFile' | 'keyFile' | 'origin'>;

/** What a proxy finds out by itself. */
export type ProxySight = {
  /** Which certificates are blocked by their fingerprint. */
  fingerprints: boolean;
  /** The certificates that a client sends beside its own. */
  chain: boolean;
};

/**
 * How every hostname that the proxy serves is decided. A name that the policy binds and that only a wildcard serves gets
 * a server of its own, with the wildcard's certificate and origin: what is accepted there is not what is accepted beside it.
 * @param sees what it does not see, the agent is asked about wherever certificates are accepted: as long as any is
 *   blocked, and where an authority allows intermediates, which may be revoked.
 * @param decide `agent`: it is asked about every request of a hostname that accepts certificates.
 */
export function planHosts(
  served: readonly ServedHost[],
  policy: Policy,
  { sees, decide }: { sees: ProxySight; decide: 'native' | 'agent' },
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
  const blocks = policy.blockedFingerprints.length > 0 && !sees.fingerprints;
  return [...byName.values()].map((host) => {
    const ids = bound.get(host.hostname) ?? bound.get(wildcardOf(host.hostname)) ?? [];
    const authorities = ids.flatMap((id) => byId.get(id) ?? []);
    const decision = decisionFor(host.hostname, policy.rules, names);
    const hasChains = authorities.some(allowsIntermediates);
    const unseen = decide === 'agent' || blocks || (hasChains && !sees.chain);
    const asks = unseen && authorities.length > 0 && decision.kind === 'table';
    return {
      ...host,
      authorities,
      hasChains,
      decision: asks ? { kind: 'agent', statuses: statusesIn(decision.verdicts) } : decision,
    };
  });
}

function statusesIn(verdicts: Readonly<Record<string, number>>): number[] {
  return [...new Set([...Object.values(verdicts), 403, 503])].filter((status) => status !== 0);
}

/** An authority says itself when nothing but certificates of clients may be below it (RFC 5280 4.2.1.9). */
function allowsIntermediates({ certificate }: PolicyAuthority): boolean {
  return readChainCertificate(Buffer.from(certificate, 'base64')).pathLength !== 0;
}

/** `*.example.com` for `api.example.com`; of a wildcard itself nothing that anybody serves. */
function wildcardOf(hostname: string): string {
  const dot = hostname.indexOf('.');
  return hostname.startsWith('*.') || dot < 0 ? '' : `*${hostname.slice(dot)}`;
}
