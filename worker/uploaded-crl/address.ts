import { BlockList, isIP } from 'node:net';

/**
 * Addresses of the Internet that are nobody's server: this machine, private networks, and what only means something in
 * one network (IANA IPv4 and IPv6 Special-Purpose Address Registries). 168.63.129.16 is how machines at Azure reach
 * their host.
 */
const NOT_PUBLIC_V4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4', '168.63.129.16/32'],
];
/** Everything that IPv6 has given out: IPv4 in any disguise, unique local and link-local addresses lie elsewhere. */
const PUBLIC_V6 = ['2000::/3'];
/** Of these: protocols (Teredo among them), examples, 6to4, which hides an IPv4 address. */
const NOT_PUBLIC_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const notPublicV4 = listOf(NOT_PUBLIC_V4, 'ipv4');
const publicV6 = listOf(PUBLIC_V6, 'ipv6');
const notPublicV6 = listOf(NOT_PUBLIC_V6, 'ipv6');

/** Whether an address, as a resolver or a URL has it, is one of the public Internet. */
export function isPublicAddress(address: string): boolean {
  // With a zone it is link-local.
  if (address.includes('%')) return false;
  switch (isIP(address)) {
    case 4:
      return !notPublicV4.check(address, 'ipv4');
    case 6:
      return publicV6.check(address, 'ipv6') && !notPublicV6.check(address, 'ipv6');
    default:
      return false;
  }
}

function listOf(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix = ''] = range.split('/');
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
}
