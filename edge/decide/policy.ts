import type { Policy } from '../../core/snapshot/policy.ts';
import { readChainCertificate } from './certificate.ts';
import type { Anchor } from './chain.ts';
import { findByHostname } from './hostname.ts';
import { type PreparedRule, prepareRule, rulesByHostname } from './rules.ts';

/** A policy with everything read and compiled, once for all requests until the next one. */
export type PreparedPolicy = {
  /** Every authority of the policy: a revocation names the direct issuer, whichever hostname it belongs to. */
  anchors: readonly Anchor[];
  /** The authorities whose certificates this hostname accepts; undefined: it is bound to none. */
  boundTo(hostname: string): readonly Anchor[] | undefined;
  isBlocked(fingerprintSha256: string): boolean;
  rulesFor(hostname: string): readonly PreparedRule[];
  /** Rules that could not be read, for whoever runs the edge. */
  unreadable: readonly PreparedRule[];
};

/** Throws when an authority cannot be read: a policy is taken whole or not at all. */
export function preparePolicy(policy: Policy): PreparedPolicy {
  const anchors = policy.authorities.map(({ id, certificate }) => ({
    id,
    certificate: readChainCertificate(Buffer.from(certificate, 'base64')),
  }));
  const byId = new Map(anchors.map((anchor) => [anchor.id, anchor]));
  const hosts = new Map(
    policy.hosts.map(({ hostname, authorities }) => [
      hostname,
      authorities.map((id) => {
        const anchor = byId.get(id);
        if (!anchor) throw new Error(`the policy binds ${hostname} to an authority that it does not hold`);
        return anchor;
      }),
    ]),
  );
  const rules = policy.rules.map(prepareRule);
  const blocked = new Set(policy.blockedFingerprints);
  return {
    anchors,
    boundTo: (hostname) => {
      const bound = findByHostname(hosts, hostname);
      return bound && bound.length > 0 ? bound : undefined;
    },
    isBlocked: (fingerprint) => blocked.has(fingerprint),
    rulesFor: rulesByHostname(rules),
    unreadable: rules.filter(({ problem }) => problem !== undefined),
  };
}
