/** Name constraints of a CA (RFC 5280 4.2.1.10), in words. Edges enforce them; here they are only read and told. */
import { contentOf, DerError, type DerNode, expectTag, readDer } from '../der/reader.ts';
import { latin1 } from '../der/values.ts';
import { formatName, readName } from '../name.ts';

export type NameConstraints = { permitted: string[]; excluded: string[] };

/** Throws DerError when it is empty, has a minimum or maximum, or is no list of subtrees. */
export function readNameConstraints(value: Uint8Array): NameConstraints {
  const parts = [...expectTag(readDer(value), 0x30, 'the name constraints').children];
  const permitted = parts[0]?.tag === 0xa0 ? parts.shift() : undefined;
  const excluded = parts[0]?.tag === 0xa1 ? parts.shift() : undefined;
  if (parts[0] || (!permitted && !excluded))
    throw new DerError('the name constraints are empty or have other parts', 0);
  return { permitted: subtreesIn(permitted), excluded: subtreesIn(excluded) };
}

function subtreesIn(node: DerNode | undefined): string[] {
  if (!node) return [];
  if (node.children.length === 0) throw new DerError('a list of name constraints is empty', node.start);
  return node.children.map((subtree) => {
    const [base, ...bounds] = expectTag(subtree, 0x30, 'a name constraint').children;
    if (!base || bounds.length > 0) throw new DerError('a name constraint has a minimum or maximum', subtree.start);
    return told(base);
  });
}

function told(base: DerNode): string {
  const content = contentOf(base);
  switch (base.tag) {
    case 0x81:
      return `mail ${latin1(content)}`;
    case 0x82:
      return `host ${latin1(content)}`;
    case 0x86:
      return `URI ${latin1(content)}`;
    case 0x87:
      return `IP ${rangeOf(base, content)}`;
    case 0xa4:
      return `subject ${formatName(readName(base.children[0] ?? base))}`;
    default:
      return 'names of another kind';
  }
}

/** An address and its mask. */
function rangeOf(base: DerNode, octets: Uint8Array): string {
  if (octets.length !== 8 && octets.length !== 32)
    throw new DerError('an IP constraint is not an address and a mask', base.start);
  const half = octets.length / 2;
  const [address, mask] = [octets.subarray(0, half), octets.subarray(half)];
  if (half === 4) return `${address.join('.')}/${mask.join('.')}`;
  const hex = (part: Uint8Array) => (Buffer.from(part).toString('hex').match(/.{4}/g) ?? []).join(':');
  return `${hex(address)}/${hex(mask)}`;
}
