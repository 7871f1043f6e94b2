import { namesServed, wildcardOver } from '../../core/edges/served.ts';
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

/** How a proxy is to decide. */
export type ProxyMeans = {
  sees: ProxySight;
  /** `agent`: it is asked about every request of a hostname that accepts certificates. */
  decide: 'native' | 'agent';
  /** Of a proxy that cannot ask: why, and as which edge it is known. */
  limits?: { reason: string; edgeId: string } | undefined;
};

/**
 * How every hostname that the proxy serves is decided. A name that the policy binds and that only a wildcard serves gets
 * a server of its own, with the wildcard's certificate and origin: what is accepted there is not what is accepted beside it.
 *
 * What the proxy does not see, the agent is asked about wherever certificates are accepted: as long as any is blocked,
 * and where an authority allows intermediates, which may be revoked. Where it cannot be asked, nobody is verified then.
 */
export function planHosts(
  served: readonly ServedHost[],
  policy: Policy,
  { sees, decide, limits }: ProxyMeans,
): HostPlan[] {
  // Without a path of its own, so that nginx hands on the path as it came.
  const byName = new Map(served.map((host) => [host.hostname, { ...host, origin: new URL(host.origin).origin }]));
  const bound = new Map(policy.hosts.map(({ hostname, authorities }) => [hostname, authorities]));
  const names = new Set(namesServed(byName.keys(), bound.keys()));
  const byId = new Map(policy.authorities.map((authority) => [authority.id, authority]));
  const blocks = policy.blockedFingerprints.length > 0 && !sees.fingerprints;
  return [...names].flatMap((hostname) => {
    const host = byName.get(hostname) ?? byName.get(wildcardOver(hostname));
    if (!host) return [];
    const ids = bound.get(hostname) ?? bound.get(wildcardOver(hostname)) ?? [];
    const authorities = ids.flatMap((id) => byId.get(id) ?? []);
    const { decision, gaps } = decisionFor(hostname, policy.rules, names, limits?.edgeId);
    const hasChains = authorities.some(allowsIntermediates);
    const unseen = authorities.length > 0 && (decide === 'agent' || blocks || (hasChains && !sees.chain));
    const plan = { ...host, hostname, authorities, gaps };
    if (limits)
      return { ...plan, chains: hasChains ? 'refused' : 'none', decision: blocks ? closed(decision) : decision };
    const asks: HostPlan['decision'] | undefined =
      unseen && decision.kind === 'table' ? { kind: 'agent', statuses: statusesIn(decision.verdicts) } : undefined;
    return { ...plan, chains: hasChains ? 'agent' : 'none', decision: asks ?? decision };
  });
}

/** A verified certificate may be a blocked one. */
function closed(decision: HostPlan['decision']): HostPlan['decision'] {
  if (decision.kind === 'agent') return decision;
  return { ...decision, verdicts: { ...decision.verdicts, verified: decision.verdicts.verified || 503 } };
}

function statusesIn(verdicts: Readonly<Record<string, number>>): number[] {
  return [...new Set([...Object.values(verdicts), 403, 503])].filter((status) => status !== 0);
}

/** An authority says itself when nothing but certificates of clients may be below it (RFC 5280 4.2.1.9). */
function allowsIntermediates({ certificate }: PolicyAuthority): boolean {
  return readChainCertificate(Buffer.from(certificate, 'base64')).pathLength !== 0;
}
