import type { Binding } from '../store/rows.ts';

/** What a list of bindings says, free of where it is kept. */
export type Bound = Pick<Binding, 'authorityId' | 'hostnames'>;

/**
 * The authorities whose certificates are accepted at a hostname; none where mTLS is off. A name that is bound itself
 * beats the wildcard over it, and a wildcard covers exactly one label (RFC 9525 6.3).
 * @param hostname lower case, A-labels, without port or trailing dot; a wildcard asks for itself.
 */
export function authoritiesFor(hostname: string, bindings: readonly Bound[]): string[] {
  const exact = boundTo(hostname, bindings);
  const dot = hostname.indexOf('.');
  if (exact.length > 0 || dot < 0) return exact;
  return boundTo(`*${hostname.slice(dot)}`, bindings);
}

/** The authorities to which exactly this name is bound. */
export function boundTo(name: string, bindings: readonly Bound[]): string[] {
  const ids = bindings.filter(({ hostnames }) => hostnames.includes(name)).map(({ authorityId }) => authorityId);
  return [...new Set(ids)];
}
