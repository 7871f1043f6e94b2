/** Subject alternative names of the four kinds this product knows (RFC 5280 4.2.1.6), and the SPIFFE identifiers among them. */
import { contentOf, type DerNode, expectTag } from './der/reader.ts';
import { latin1 } from './der/values.ts';
import { asciiOctets, element, implicit } from './der/writer.ts';

export type SubjectAltName = { type: 'dns' | 'email' | 'ip' | 'uri'; value: string };

const TYPES = { 1: 'email', 2: 'dns', 6: 'uri', 7: 'ip' } as const;

/** What else a GeneralName can be, for a refusal that names it. */
const OTHER_TYPES: Record<number, string> = {
  0: 'otherName (for example a Windows user principal name)',
  3: 'x400Address',
  4: 'directoryName',
  5: 'ediPartyName',
  8: 'registeredID',
};

/** Throws DerError when it is not GeneralNames; a kind that is not known comes back as its name in words. */
export function readGeneralNames(node: DerNode): (SubjectAltName | { unknown: string })[] {
  return expectTag(node, 0x30, 'the list of alternative names').children.map((entry) => {
    const number = entry.tag & 0x1f;
    const content = contentOf(entry);
    if (entry.tag === 0x87) return { type: 'ip', value: formatIp(content) };
    if (entry.tag === 0x81 || entry.tag === 0x82 || entry.tag === 0x86) {
      return { type: TYPES[number as 1 | 2 | 6], value: latin1(content) };
    }
    return { unknown: OTHER_TYPES[number] ?? 'an unknown kind' };
  });
}

/** Throws a RangeError when the value is not ASCII or not an address. */
export function buildGeneralName(name: SubjectAltName): Uint8Array {
  switch (name.type) {
    case 'email':
      return implicit(1, asciiOctets(name.value));
    case 'dns':
      return implicit(2, asciiOctets(name.value));
    case 'uri':
      return implicit(6, asciiOctets(name.value));
    case 'ip': {
      const octets = parseIp(name.value);
      if (!octets) throw new RangeError('not an IP address');
      return element(0x87, octets);
    }
  }
}

/** What is wrong with one name, as the end of a sentence that begins with the name; `undefined` when it is fine. */
export function findSanDefect(name: SubjectAltName): string | undefined {
  switch (name.type) {
    case 'dns':
      return findDnsDefect(name.value);
    case 'email': {
      const at = name.value.lastIndexOf('@');
      const local = name.value.slice(0, Math.max(at, 0));
      if (name.value.length > 254 || local.length > 64) return 'is too long for a mail address';
      if (!/^[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*$/.test(local))
        return 'is not a mail address (name@example.com)';
      return findDnsDefect(name.value.slice(at + 1));
    }
    case 'ip':
      return parseIp(name.value) ? undefined : 'is not an IPv4 or IPv6 address';
    case 'uri':
      return findUriDefect(name.value);
  }
}

/** The host a name is about, in lower case; `undefined` for an address and for a URI without a host. */
export function hostOf(name: SubjectAltName): string | undefined {
  switch (name.type) {
    case 'dns':
      return name.value.toLowerCase();
    case 'email':
      return name.value.slice(name.value.lastIndexOf('@') + 1).toLowerCase();
    case 'uri':
      return URI.exec(name.value)?.groups?.['host']?.toLowerCase();
    case 'ip':
      return undefined;
  }
}

/**
 * LDH labels (RFC 5280 4.2.1.6, RFC 1034 3.5). No underscore, no wildcard (it has no meaning for a client), no
 * address, and of the labels with `--` in third place only A-labels (RFC 5890 2.3.1).
 */
function findDnsDefect(host: string): string | undefined {
  if (/[^\0-\x7f]/.test(host)) return 'must be in ASCII: write an international name as its xn-- form';
  if (host.endsWith('.')) return 'must not end with a dot';
  if (host.includes('*')) return 'must not have a wildcard';
  if (host.length > 253) return 'is longer than 253 characters';
  const labels = host.split('.');
  for (const label of labels) {
    if (label.length > 63) return 'has a part longer than 63 characters';
    if (!/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i.test(label))
      return 'is not a host name: letters, digits, inner hyphens and dots only';
    if (/^..--/.test(label) && !/^xn--[a-z0-9]/i.test(label))
      return 'has a part with -- in third place that is not xn--';
  }
  if (/^\d+$/.test(labels.at(-1) ?? '')) return 'is an IP address, not a host name';
  return undefined;
}

/** RFC 3986, absolute, with a host and without userinfo: `https://example.com@evil.org` would mislead. */
const URI =
  /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<host>[a-z0-9._-]+)(?<port>:\d*)?(?<path>\/[^?#]*)?(?<query>\?[^#]*)?(?<fragment>#.*)?$/i;

function findUriDefect(uri: string): string | undefined {
  if (uri.length > 2048) return 'is longer than 2048 characters';
  if (!/^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})+$/i.test(uri)) return 'has characters that a URI cannot have';
  const parts = URI.exec(uri)?.groups;
  if (!parts) return 'is not an absolute URI with a host';
  return parts['scheme']?.toLowerCase() === 'spiffe' ? findSpiffeDefect(uri) : undefined;
}

/** SPIFFE-ID 2.1 to 2.3: lower-case trust domain, path of non-empty segments, nothing else. */
function findSpiffeDefect(uri: string): string | undefined {
  const [, trustDomain, path] = /^spiffe:\/\/([^/]*)(.*)$/.exec(uri) ?? [];
  if (!trustDomain || !/^[a-z0-9._-]{1,255}$/.test(trustDomain))
    return 'has a trust domain that is not lower-case letters, digits, dot, hyphen or underscore';
  if (!path) return 'has no path: an id without one belongs to an authority';
  const segments = path.slice(1).split('/');
  const good = segments.every((s) => /^[A-Za-z0-9._-]+$/.test(s) && s !== '.' && s !== '..');
  return good ? undefined : 'has a path that SPIFFE does not allow';
}

export function isSpiffeId(name: SubjectAltName): boolean {
  return name.type === 'uri' && /^spiffe:/i.test(name.value);
}

/** 4 or 16 octets as text (RFC 5952); another count is shown as hex, which `findSanDefect` then refuses. */
function formatIp(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  if (octets.length !== 16) return `0x${Array.from(octets, (o) => o.toString(16).padStart(2, '0')).join('')}`;
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((octets[2 * i] ?? 0) << 8) | (octets[2 * i + 1] ?? 0)).toString(16),
  );
  let [start, length] = [0, 1];
  for (let from = 0, to = 0; from < 8; from = to + 1) {
    for (to = from; groups[to] === '0'; to++);
    if (to - from > length) [start, length] = [from, to - from];
  }
  if (length === 1) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

function parseIp(text: string): Uint8Array | undefined {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1);
  if (v4)
    return v4.every((o) => Number(o) < 256 && String(Number(o)) === o) ? Uint8Array.from(v4.map(Number)) : undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = tail ? 8 - head.length - tail.length : 0;
  if (tail && missing < 1) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...(tail ?? [])];
  if (groups.length !== 8 || !groups.every((g) => /^[0-9a-f]{1,4}$/i.test(g))) return undefined;
  return Uint8Array.from(groups.flatMap((g) => [Number.parseInt(g, 16) >> 8, Number.parseInt(g, 16) & 0xff]));
}
