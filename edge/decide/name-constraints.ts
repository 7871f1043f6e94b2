/** Name constraints of an authority (RFC 5280 4.2.1.10), applied to what is below it. */
import { OID } from '../../core/ca/der/oids.ts';
import { contentOf, DerError, type DerNode, encodedOf, expectTag } from '../../core/ca/der/reader.ts';
import { latin1, oidOf } from '../../core/ca/der/values.ts';

/** Subtrees: the context tag of a GeneralName, and what it holds. */
type Subtree = { tag: number; base: DerNode };
export type NameConstraints = { permitted: readonly Subtree[]; excluded: readonly Subtree[] };

const EMAIL = 0x81;
const DNS = 0x82;
const DIRECTORY = 0xa4;
const URI = 0x86;
const IP = 0x87;
const COMPARABLE: ReadonlySet<number> = new Set([EMAIL, DNS, DIRECTORY, URI, IP]);

/** Throws DerError where it is no NameConstraints, or has a minimum or maximum, which no profile uses. */
export function readNameConstraints(node: DerNode): NameConstraints {
  const lists: Record<number, Subtree[]> = { 160: [], 161: [] };
  for (const list of expectTag(node, 0x30, 'the name constraints').children) {
    const into = lists[list.tag];
    if (!into || into.length > 0) throw new DerError('the name constraints are malformed', list.start);
    for (const subtree of list.children) {
      const [base, ...more] = expectTag(subtree, 0x30, 'a subtree').children;
      if (!base || more.length > 0) throw new DerError('a subtree has more than a base', subtree.start);
      into.push({ tag: base.tag, base });
    }
  }
  return { permitted: lists[160] ?? [], excluded: lists[161] ?? [] };
}

/**
 * Whether names are within the constraints. As OpenSSL has it, a common name that is a DNS name counts as one where no
 * alternative name does; without that, a constraint on DNS names says nothing of certificates without any.
 */
export function isPermitted(
  constraints: NameConstraints,
  names: { subject: DerNode; alternativeNames: readonly DerNode[]; commonName: string },
): boolean {
  const all: Subtree[] = names.alternativeNames.map((base) => ({ tag: base.tag, base }));
  const hasDns = all.some(({ tag }) => tag === DNS);
  const dnsTexts = !hasDns && /^[\w-]+(\.[\w-]+)+$/.test(names.commonName) ? [names.commonName] : [];
  if (names.subject.children.length > 0) all.push({ tag: DIRECTORY, base: names.subject });
  // A mailbox in the subject is one (RFC 5280 4.2.1.10), and beside alternative names too, as OpenSSL has it.
  for (const [type, value] of names.subject.children.flatMap((rdn) => rdn.children).map(({ children }) => children)) {
    if (type && value && oidOf(type) === OID.emailAddress) all.push({ tag: EMAIL, base: value });
  }

  const { permitted, excluded } = constraints;
  const textPasses = (text: string) => {
    const of = (list: readonly Subtree[]) => list.filter(({ tag }) => tag === DNS);
    if (of(excluded).some(({ base }) => matchesDns(text, textIn(base)))) return false;
    return of(permitted).length === 0 || of(permitted).some(({ base }) => matchesDns(text, textIn(base)));
  };
  const passes = ({ tag, base }: Subtree) => {
    const of = (list: readonly Subtree[]) => list.filter((subtree) => subtree.tag === tag);
    if (of(permitted).length + of(excluded).length === 0) return true;
    // A constrained kind that cannot be compared is refused (RFC 5280 4.2.1.10).
    if (!COMPARABLE.has(tag)) return false;
    if (of(excluded).some((subtree) => matches(tag, base, subtree.base))) return false;
    return of(permitted).length === 0 || of(permitted).some((subtree) => matches(tag, base, subtree.base));
  };
  return all.every(passes) && dnsTexts.every(textPasses);
}

function matches(tag: number, name: DerNode, base: DerNode): boolean {
  if (tag === DNS) return matchesDns(textIn(name), textIn(base));
  if (tag === EMAIL) return matchesEmail(textIn(name), textIn(base));
  if (tag === URI) return matchesUri(textIn(name), textIn(base));
  if (tag === IP) return matchesIp(contentOf(name), contentOf(base));
  return matchesDirectory(name, base);
}

function textIn(node: DerNode): string {
  return latin1(contentOf(node)).toLowerCase();
}

/** The name itself and everything below it; an empty base is everything. */
function matchesDns(name: string, base: string): boolean {
  if (base === '') return true;
  const text = name.toLowerCase();
  return base.startsWith('.') ? text.endsWith(base) : text === base || text.endsWith(`.${base}`);
}

/** A mailbox, a host, or with a leading dot every host below a domain. */
function matchesEmail(name: string, base: string): boolean {
  const host = name.slice(name.lastIndexOf('@') + 1);
  if (base.includes('@')) return name === base;
  return base.startsWith('.') ? host.endsWith(base) : host === base;
}

function matchesUri(name: string, base: string): boolean {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?([a-z0-9._-]+)(?::\d*)?(?:[/?#]|$)/.exec(name)?.[1];
  if (host === undefined) return false;
  return base.startsWith('.') ? host.endsWith(base) : host === base;
}

/** Address and mask. */
function matchesIp(address: Uint8Array, base: Uint8Array): boolean {
  const half = base.length / 2;
  if (address.length !== half) return false;
  return address.every((octet, i) => (octet & (base[half + i] ?? 0)) === ((base[i] ?? 0) & (base[half + i] ?? 0)));
}

/** The base's relative names are the first of the name. */
function matchesDirectory(name: DerNode, base: DerNode): boolean {
  const sequenceOf = (node: DerNode) => (node.tag === DIRECTORY ? (node.children[0]?.children ?? []) : node.children);
  const parts = sequenceOf(name);
  return sequenceOf(base).every((part, i) => {
    const own = parts[i];
    return own !== undefined && comparable(own) === comparable(part);
  });
}

/** UTF8String, PrintableString, TeletexString, IA5String, VisibleString. */
const TEXTS: ReadonlySet<number> = new Set([12, 19, 20, 22, 26]);

/**
 * A relative name as names are compared (RFC 5280 7.1): whatever the kind of string, case and the number of spaces do
 * not matter, so that no spelling of an excluded name is another name.
 */
function comparable(rdn: DerNode): string {
  const attribute = ({ children: [type, value] }: DerNode) => {
    if (!type || !value) return '';
    const octets = Buffer.from(contentOf(value));
    const text =
      value.tag === 30 && octets.length % 2 === 0
        ? octets.swap16().toString('utf16le')
        : TEXTS.has(value.tag)
          ? octets.toString(value.tag === 12 ? 'utf8' : 'latin1')
          : undefined;
    const told = text?.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ');
    return `${oidOf(type)}=${told ?? Buffer.from(encodedOf(value)).toString('hex')}`;
  };
  return rdn.children.map(attribute).sort().join('\n');
}
