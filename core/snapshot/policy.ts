import { hash } from 'node:crypto';
import { z } from 'zod';
import { type Timer, timerSchema } from '../waf/timer.ts';
import { parseCanonical } from './header.ts';
import { MOST_ACCEPTED_GAPS, MOST_AUTHORITIES, MOST_POLICY_OCTETS } from './limits.ts';

/**
 * What an edge enforces, apart from revocations: one JSON document, canonical (RFC 8785), whose hash the signed header
 * of the snapshot holds. Everything in it is public.
 */
export type Policy = {
  /** Authorities that some hostname accepts: every generation of the managed one that is not retired, and uploaded ones. */
  authorities: readonly PolicyAuthority[];
  /** Hostnames with their authorities, in the order of the names. Those of sites that are not active are not here. */
  hosts: readonly PolicyHost[];
  /** Rules that are on, in the order in which they are evaluated within their site. */
  rules: readonly PolicyRule[];
  /** SHA-256 of certificates that are refused whatever issued them. */
  blockedFingerprints: readonly string[];
};

export type PolicyAuthority = {
  /** The row's id; each generation of the managed authority has one of its own. */
  id: string;
  /** For people and logs: `generation 2`, or the name it was uploaded under. */
  name: string;
  /** DER in base64. */
  certificate: string;
};

export type PolicyHost = {
  /** Lower case, A-labels, no trailing dot; a first label `*` covers exactly one label. An exact name beats it. */
  hostname: string;
  /** Ids of `authorities`, in order. */
  authorities: readonly string[];
};

export type PolicyRule = {
  /** What people and the OpenAPI call it by. */
  number: number;
  /** It is evaluated for requests to this domain and what lies below it. */
  site: string;
  name: string;
  expression: string;
  action: 'deny' | 'monitor';
  /** The status of a denial. */
  status: number;
  /** When it is in force; without one always. */
  timer?: Timer | undefined;
  /** Ids of edges that may leave it out where they cannot enforce it; any other denies there what it would decide. */
  acceptedGaps?: readonly string[] | undefined;
};

/** What is enforced at one moment: a policy, and who is revoked or held. */
export type Enforced = {
  epoch: number;
  version: number;
  policy: Policy;
  /**
   * @param authorityId of the direct issuer
   * @param serial canonical: lower-case hexadecimal without leading zero octets
   */
  isRevoked(authorityId: string, serial: string): boolean;
};

const id = z.string().regex(/^[\w-]{1,64}$/);
const hostname = z.string().regex(/^(\*\.)?[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/);

const policySchema = z.strictObject({
  authorities: z
    .array(z.strictObject({ id, name: z.string().min(1).max(200), certificate: z.base64().min(4).max(90_000) }))
    .max(MOST_AUTHORITIES),
  hosts: z.array(z.strictObject({ hostname, authorities: z.array(id).min(1).max(MOST_AUTHORITIES) })).max(200_000),
  rules: z
    .array(
      z.strictObject({
        number: z.int().min(0),
        site: hostname,
        name: z.string().max(200),
        expression: z
          .string()
          .min(1)
          .max(64 * 1024),
        action: z.enum(['deny', 'monitor']),
        status: z.int().min(100).max(599),
        timer: timerSchema.optional(),
        acceptedGaps: z.array(id).min(1).max(MOST_ACCEPTED_GAPS).optional(),
      }),
    )
    .max(100_000),
  blockedFingerprints: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(200_000),
});

/**
 * Reads a policy in its one spelling, whole in itself: each authority once, and none named that is not there.
 * @returns undefined for anything else.
 */
export function parsePolicy(text: string): Policy | undefined {
  if (text.length > MOST_POLICY_OCTETS) return undefined;
  const policy = parseCanonical(text, policySchema);
  if (policy === undefined) return undefined;
  const ids = new Set(policy.authorities.map((authority) => authority.id));
  const names = new Set(policy.hosts.map((host) => host.hostname));
  const whole =
    ids.size === policy.authorities.length &&
    names.size === policy.hosts.length &&
    policy.hosts.every((host) => host.authorities.every((authority) => ids.has(authority)));
  return whole ? policy : undefined;
}

/** What the header names. */
export function hashPolicy(text: string): string {
  return hash('sha256', text);
}
