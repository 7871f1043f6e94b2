import type { HostPlan, IssuerPattern } from './plan.ts';

/** Everything a proxy is to enforce. */
export type ProxyState = {
  hosts: readonly HostPlan[];
  issuers: readonly IssuerPattern[];
  revocations: readonly RevokedBy[];
  /** SHA-256 of certificates that are refused whatever issued them. */
  blockedFingerprints: readonly string[];
};

/** Serials that one authority has revoked, canonical. */
export type RevokedBy = { authorityId: string; serials: Iterable<string> };

export type RevocationChange = { authorityId: string; serial: string; revoked: boolean };

/** How one kind of proxy is told. A `change` may come while an `apply` is under way, and neither waits for the other. */
export type Driver = {
  /**
   * The first that a new agent asks for: what the proxy was left with by the agent before is to revoke what this list
   * does, whatever becomes of the first configuration. More than can be told at run time comes with that.
   * @param issuers by whose names the proxy may know the same authorities under other ids.
   */
  takeUp(issuers: readonly IssuerPattern[], revocations: () => readonly RevokedBy[]): Promise<void>;
  /**
   * Writes a configuration, has the proxy test it, puts it in force, and waits until it is.
   * @throws ProxyRefused with the proxy's own words; what was in force stays in force.
   */
  apply(state: ProxyState): Promise<void>;
  /**
   * Only revocations have changed: takes effect on live connections, without a reload.
   * @param revocations all that is revoked with these changes.
   */
  change(changes: readonly RevocationChange[], revocations: () => readonly RevokedBy[]): Promise<void>;
  /** Whether so much has changed since the last `apply` that it is time for another. */
  isCrowded(): boolean;
  /** Nothing is written any more when it resolves: another agent may have begun to. */
  stop(): Promise<void>;
};

/** The proxy did not take a configuration. */
export class ProxyRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProxyRefused';
  }
}
