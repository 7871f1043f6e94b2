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
