/** 4 octets of IPv4 or 16 of IPv6. An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) is the IPv4 address. */
export type Address = Uint8Array;
/** All addresses of the same family whose first `bits` bits are those of `base`; the rest of `base` is zero. */
export type Range = { base: Address; bits: number };

/** Undefined where the text is no address. Zones (`%eth0`) and leading zeros (`010.0.0.1`) are none. */
export function parseAddress(text: string): Address | undefined {
  const written = text.includes(':') ? parseV6(text) : parseV4(text);
  return written && isMapped(written) ? written.slice(12) : written;
}

/** `192.0.2.0/24`, or a single address. `loose`: it would be one if what is behind the prefix were zero. */
export function parseRange(text: string): Range | { loose: Range } | undefined {
  const slash = text.indexOf('/');
  const address = text.slice(0, slash === -1 ? undefined : slash);
  const base = parseAddress(address);
  if (!base) return undefined;
  if (slash === -1) return { base, bits: base.length * 8 };
  const digits = text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(digits)) return undefined;
  // Of `::ffff:192.0.2.0/120` the first 96 bits are the way of writing it.
  const mapped = base.length === 4 && address.includes(':');
  const bits = Number(digits) - (mapped ? 96 : 0);
  if (bits < 0 || bits > base.length * 8) return undefined;
  const masked = base.map((octet, index) => octet & maskOf(bits, index));
  const range = { base: masked, bits };
  return sameOctets(masked, base) ? range : { loose: range };
}

export function inRange(address: Address, { base, bits }: Range): boolean {
  if (address.length !== base.length) return false;
  for (let index = 0; index * 8 < bits; index += 1) {
    if (((address[index] as number) & maskOf(bits, index)) !== base[index]) return false;
  }
  return true;
}

export function sameOctets(a: Address, b: Address): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index]);
}

/** As RFC 5952 writes it: lower case, the longest run of zeros left out. */
export function printAddress(address: Address): string {
  if (address.length === 4) return address.join('.');
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((address[2 * i] as number) << 8) | (address[2 * i + 1] as number),
  );
  const text = groups.map((group) => group.toString(16)).join(':');
  const runs = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].sort((a, b) => groupsOf(b[0]) - groupsOf(a[0]));
  const longest = runs[0];
  if (!longest) return text;
  const before = text.slice(0, longest.index);
  const after = text.slice(longest.index + longest[0].length + 1);
  return `${before}::${after}`;
}

export function printRange({ base, bits }: Range): string {
  return bits === base.length * 8 ? printAddress(base) : `${printAddress(base)}/${bits}`;
}

function groupsOf(run: string): number {
  return run.replace(/^:/, '').split(':').length;
}

function maskOf(bits: number, index: number): number {
  const inOctet = Math.min(8, Math.max(0, bits - index * 8));
  return (0xff << (8 - inOctet)) & 0xff;
}

function isMapped(address: Address): boolean {
  return (
    address.length === 16 &&
    address.subarray(0, 10).every((octet) => octet === 0) &&
    address[10] === 0xff &&
    address[11] === 0xff
  );
}

function parseV4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return Uint8Array.from(parts, Number);
}

function parseV6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || text.length > 45) return undefined;
  const [head, tail] = halves.map((half, index) => groupsIn(half, index === halves.length - 1));
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 16 - head.length - (tail?.length ?? 0);
  // `::` stands for one group of zeros at least.
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])]);
}

/** The octets of `1:2:3`, or at the end of an address of `1:2:192.0.2.1`; undefined where a group is none. */
function groupsIn(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const octets: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const v4 = last && index === groups.length - 1 && group.includes('.') ? parseV4(group) : undefined;
    if (v4) octets.push(...v4);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group))
      octets.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return octets;
}
