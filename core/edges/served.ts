/**
 * The names that an edge decides about one by one. A bound name that only a wildcard serves is one of them: what is
 * accepted there is not what is accepted beside it.
 * @param served as in the edge's own configuration.
 * @param bound the hostnames that are bound.
 */
export function namesServed(served: Iterable<string>, bound: Iterable<string>): string[] {
  const names = new Set(served);
  const below = [...bound].filter((hostname) => names.has(wildcardOver(hostname)));
  return [...new Set([...names, ...below])];
}

/** `*.example.com` for `api.example.com`; of a wildcard itself nothing that anybody serves. */
export function wildcardOver(hostname: string): string {
  const dot = hostname.indexOf('.');
  return hostname.startsWith('*.') || dot < 0 ? '' : `*${hostname.slice(dot)}`;
}
