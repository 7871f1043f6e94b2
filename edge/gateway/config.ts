import { BlockList, isIP } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { CountersignError } from '../../core/errors.ts';
import { normaliseHostname } from '../decide/hostname.ts';
import { haproxySchema, nginxSchema } from '../proxy/config.ts';

/**
 * `edge.json`: what this edge serves and from where. Which certificates are accepted on a hostname is not here: that
 * comes from Countersign, signed.
 */
const hostname = z.string().transform((text, context) => {
  const wildcard = text.startsWith('*.');
  const name = normaliseHostname(wildcard ? text.slice(2) : text);
  if (name !== undefined) return wildcard ? `*.${name}` : name;
  context.addIssue({ code: 'custom', message: 'must be a hostname such as api.example.com, or *.example.com' });
  return z.NEVER;
});
const file = z.string().min(1, 'must be a path');
const seconds = (fallback: number, most: number) => z.number().min(0.05).max(most).default(fallback);
const origin = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isHttp && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
}, 'must be an http or https address without a path, such as http://127.0.0.1:8081');
const network = z.string().refine((text) => {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  return (
    family !== 0 &&
    more.length === 0 &&
    (bits === undefined || /^\d+$/.test(bits)) &&
    Number(bits ?? 0) <= (family === 4 ? 32 : 128)
  );
}, 'must be an address or a network such as 10.0.0.0/8');

const host = z.strictObject({
  hostname,
  /** PEM: the server's certificate, followed by its intermediates. */
  certificate: file,
  /** PEM. */
  key: file,
  origin,
  /** PEM of the authority of an https origin, when it is none that the system knows. */
  originAuthority: file.optional(),
});

const schema = z.strictObject({
  listen: z.strictObject({ address: z.string().default('0.0.0.0'), port: z.int().min(0).max(65_535) }).optional(),
  hosts: z.array(host).min(1, 'must name at least one hostname').max(10_000),
  /** A header in which proxies at these addresses hand on the client's address. */
  clientAddress: z
    .strictObject({
      header: z.string().regex(/^[\w-]+$/, 'must be the name of a header'),
      trusted: z.array(network).min(1),
    })
    .optional(),
  /** How this edge is told what to enforce; what `/mtls edge add` has shown. */
  feed: z
    .strictObject({ url: z.url({ protocol: /^https?$/ }), credentialFile: file, key: z.string().min(1) })
    .optional(),
  /** With one of these, this process is no gateway but drives the nginx or HAProxy beside it. */
  nginx: nginxSchema.optional(),
  haproxy: haproxySchema.optional(),
  connections: z.int().min(1).max(1_000_000).default(10_000),
  timeouts: z
    .strictObject({
      handshakeSeconds: seconds(10, 120),
      headersSeconds: seconds(10, 120),
      keepAliveSeconds: seconds(60, 3_600),
      idleSeconds: seconds(120, 86_400),
      tunnelIdleSeconds: seconds(3_600, 604_800),
      originConnectSeconds: seconds(5, 120),
      originAnswerSeconds: seconds(60, 86_400),
    })
    .prefault({}),
});

export type HostConfig = z.infer<typeof host>;
export type EdgeConfig = z.infer<typeof schema>;

/**
 * @param folder relative paths in the file count from here
 * @throws CountersignError `invalid_configuration` with every problem at once, each by its place in the file
 */
export function parseEdgeConfig(text: string, folder: string): EdgeConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    refuse([`it is not JSON (${(error as Error).message}).`]);
  }
  const read = schema.safeParse(json);
  if (!read.success) {
    refuse(read.error.issues.map(({ path, message }) => `${placeOf(path)}${message}.`));
  }
  const { hosts, nginx, haproxy } = read.data;
  if (nginx && haproxy) refuse(['nginx, haproxy: one process drives one of them. Start another one for the other.']);
  const absolute = (path: string) => (isAbsolute(path) ? path : join(folder, path));
  if (nginx || haproxy) refuseUnwritable(hosts, absolute);
  const seen = new Set<string>();
  const twice = hosts.filter(({ hostname }) => seen.size === seen.add(hostname).size);
  if (twice.length > 0) refuse(twice.map(({ hostname }) => `hosts: ${hostname} is there twice.`));
  return {
    ...read.data,
    hosts: hosts.map((one) => ({
      ...one,
      certificate: absolute(one.certificate),
      key: absolute(one.key),
      ...(one.originAuthority ? { originAuthority: absolute(one.originAuthority) } : {}),
    })),
    ...(nginx?.intermediates ? { nginx: { ...nginx, intermediates: absolute(nginx.intermediates) } } : {}),
    ...(read.data.feed ? { feed: { ...read.data.feed, credentialFile: absolute(read.data.feed.credentialFile) } } : {}),
  };
}

/** What an agent writes into a configuration is plain, or it is refused before there is one. */
function refuseUnwritable(hosts: readonly HostConfig[], absolute: (path: string) => string): void {
  const problems = hosts.flatMap((host, index) => {
    const files = (['certificate', 'key'] as const)
      .filter((name) => !/^[A-Za-z0-9._/-]{1,400}$/.test(absolute(host[name])))
      .map((name) => `hosts.${index}.${name}: must be a path of letters, digits, . _ - and /, from / on.`);
    const isPlain = /^[A-Za-z0-9._:-]{1,260}$/.test(new URL(host.origin).host);
    return isPlain ? files : [...files, `hosts.${index}.origin: must have a plain name or IPv4 address as its host.`];
  });
  if (problems.length > 0) refuse(problems);
}

/** Whether the address belongs to one of these. */
export function makeAddressList(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '' : `${path.map(String).join('.')}: `;
}

function refuse(problems: readonly string[]): never {
  throw new CountersignError('invalid_configuration', {
    userMessage: ['edge.json has problems:', ...problems.map((problem) => `  - ${problem}`)].join('\n'),
  });
}
