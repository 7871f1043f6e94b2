/**
 * Hostnames as the client writes them, in the one spelling in which they are compared: lower case, no port, no trailing
 * dot, ASCII. Letters beyond ASCII are refused rather than converted: every client sends A-labels, and two readers that
 * convert differently are how one host passes for another.
 */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** @returns undefined for what is no hostname: an address, an empty text, anything with other characters */
export function normaliseHostname(text: string): string | undefined {
  const name = text.toLowerCase().replace(/\.$/, '');
  if (name.length === 0 || name.length > 253) return undefined;
  const labels = name.split('.');
  if (!labels.every((label) => LABEL.test(label))) return undefined;
  // What ends in digits is an IPv4 address to every URL parser (RFC 6066 3: no addresses in SNI).
  return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : name;
}

/** The hostname of a Host header or `:authority`. A port may follow, whichever: the client's port is not always ours. */
export function hostnameOfAuthority(authority: string): string | undefined {
  return normaliseHostname(authority.replace(/:\d{0,5}$/, ''));
}

/** Names, some beginning with `*.`, which stands for exactly one label; an exact name beats it. */
export function findByHostname<T>(entries: ReadonlyMap<string, T>, hostname: string): T | undefined {
  const exact = entries.get(hostname);
  if (exact !== undefined) return exact;
  const dot = hostname.indexOf('.');
  return dot === -1 ? undefined : entries.get(`*${hostname.slice(dot)}`);
}
