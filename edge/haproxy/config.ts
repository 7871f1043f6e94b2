import { CLIENT_STATES } from '../../core/waf/certain.ts';
import { denialPage } from '../proxy/denial.ts';
import { type HostPlan, statusesOf, word } from '../proxy/plan.ts';

/** Where the agent keeps what HAProxy reads, and how both talk. Absolute paths. */
export type HaproxyPlaces = {
  /** Which certificate and which authorities belong to which server name. */
  certificates: string;
  /** Pattern of an issuer's name, authority. */
  issuers: string;
  /** `AUTHORITY:SERIAL 1` */
  revoked: string;
  /** SHA-256 of certificates that are refused whatever issued them. */
  blocked: string;
  /** The agent's action, in Lua; undefined for an HAProxy without Lua, whose plans never ask. */
  script: string | undefined;
  /** The socket on which HAProxy takes commands from the agent. */
  commands: string;
  /** The socket on which the agent takes what HAProxy logs. */
  log: string;
  /** Where HAProxy tells which version it runs: see `untilVersion`. */
  status: { shared: string; own: string };
  /** `:443`, `127.0.0.1:8443` */
  bind: string;
};

/**
 * A file for HAProxy (`-f` beside the one that is there), written from the policy.
 *
 * - A certificate that fails is no error of HAProxy's (`crt-ignore-err`): `ssl_c_used` and `ssl_c_verify` decide.
 * - No session is resumed: a session of one hostname is not checked again for another.
 * - The map of what is revoked is changed at run time, without a reload.
 * @param version told on the status socket, so that the agent knows when it is in force.
 */
export function haproxyConfig(hosts: readonly HostPlan[], places: HaproxyPlaces, version: number): string {
  return [
    '# Written by Countersign. What is changed here is overwritten.',
    'global',
    `  stats socket ${word(places.commands)} mode 600 level admin`,
    '  tune.ssl.cachesize 0',
    // What a request becomes with the certificates of its client in it, and the longest chain that is looked at.
    '  tune.bufsize 32768',
    '  tune.maxrewrite 16384',
    ...(places.script === undefined ? [] : [`  lua-load-per-thread ${word(places.script)}`]),
    '',
    'ring countersign',
    '  format raw',
    '  maxlen 2048',
    '  size 1048576',
    '  timeout connect 1s',
    '  timeout server 5s',
    `  server agent unix@${word(places.log)}.relay log-proto octet-count`,
    '',
    ...relay(places),
    ...status(places, version),
    ...frontend(hosts, places),
    ...hosts.flatMap((host, index) => backend(host, index)),
    '',
  ].join('\n');
}

/**
 * A ring connects again at once, as fast as it can, while nobody listens; what stands between it and the agent waits a
 * second before each attempt. HAProxy's own user connects here.
 */
function relay({ log }: HaproxyPlaces): string[] {
  return [
    'listen countersign_log',
    '  mode tcp',
    `  bind unix@${word(log)}.relay mode 666`,
    '  timeout connect 1s',
    '  timeout client 1h',
    '  timeout server 1h',
    '  tcp-request inspect-delay 1s',
    '  tcp-request content accept if WAIT_END',
    `  server agent unix@${word(log)}`,
    '',
  ];
}

function status({ status }: HaproxyPlaces, version: number): string[] {
  return [
    'frontend countersign_status',
    '  mode http',
    `  bind unix@${word(status.shared)} mode 600`,
    `  bind unix@${word(status.own)} mode 600`,
    '  timeout client 5s',
    `  http-request return status 200 content-type text/plain string ${version}`,
    '',
  ];
}

function frontend(hosts: readonly HostPlan[], places: HaproxyPlaces): string[] {
  return [
    'frontend countersign',
    '  mode http',
    `  bind ${word(places.bind)} ssl crt-list ${word(places.certificates)} strict-sni crt-ignore-err all ca-ignore-err all no-tls-tickets ssl-min-ver TLSv1.2 alpn h2,http/1.1`,
    '  timeout client 60s',
    '  timeout http-request 10s',
    '  timeout http-keep-alive 60s',
    '  log ring@countersign local0 info',
    `  log-format '{"at":%Ts%ms,"host":"%[var(txn.cs_host),json(utf8s)]","issuer":"%[var(txn.cs_issuer)]","serial":"%[var(txn.cs_serial)]","state":"%[var(txn.cs_state)]","status":%ST,"denied":"%[var(txn.cs_verdict)]"}'`,
    '  http-request set-var(txn.cs_request) uuid()',
    ...sameHost(),
    ...clientState(places),
    ...plans(hosts),
    ...hosts.flatMap(refusedChains),
    ...hosts.flatMap(verdicts),
    ...hosts.flatMap(chains),
    ...denials([...new Set([...hosts.flatMap(statusesOf), 503])]),
    // Whatever else a verdict is, it is not that the request may pass.
    ...page(403, '!{ var(txn.cs_verdict) -m int 0 }'),
    ...toOrigin(),
    ...hosts.map((_, index) => `  use_backend countersign_${index} if ${isPlan(index)}`),
    '',
  ];
}

/**
 * Server name and Host header are the same name, or no rule is asked. The whole header counts (`fhdr`): of one with a
 * comma in it, `hdr` is the last part alone, and the origin would read another name than was judged.
 */
function sameHost(): string[] {
  return [
    '  http-request set-var(txn.cs_sni) ssl_fc_sni,lower,rtrim(.)',
    '  http-request set-var(txn.cs_host) req.fhdr(host),host_only,lower,rtrim(.)',
    ...page(421, '!{ req.fhdr(host) -m reg -i ^[a-z0-9_-]+(\\.[a-z0-9_-]+)*\\.?(:[0-9]{0,5})?$ }'),
    ...page(421, '!{ var(txn.cs_sni),strcmp(txn.cs_host) eq 0 }'),
  ];
}

function clientState({ issuers, revoked, blocked }: HaproxyPlaces): string[] {
  return [
    '  http-request set-var(txn.cs_verdict) int(0)',
    '  http-request set-var(txn.cs_state) str(none)',
    '  http-request set-var(txn.cs_state) str(unverified) if { ssl_c_used 1 }',
    // The handshake has checked the time of the chain; the certificate's own is looked at with each request.
    '  http-request set-var(txn.cs_now) date,utime(%y%m%d%H%M%SZ)',
    '  http-request set-var(txn.cs_end) ssl_c_notafter',
    '  http-request set-var(txn.cs_state) str(verified) if { ssl_c_used 1 } { ssl_c_verify 0 } { var(txn.cs_now),strcmp(txn.cs_end) le 0 }',
    `  http-request set-var(txn.cs_issuer) ssl_c_i_dn(,0,rfc2253),map_reg(${word(issuers)},-)`,
    '  http-request set-var(txn.cs_serial) ssl_c_serial,hex,lower',
    '  http-request set-var-fmt(txn.cs_id) "%[var(txn.cs_issuer)]:%[var(txn.cs_serial)]"',
    `  http-request set-var(txn.cs_state) str(revoked) if { var(txn.cs_state) -m str verified } { var(txn.cs_id),map_str(${word(revoked)},0) -m str 1 }`,
    `  http-request set-var(txn.cs_state) str(revoked) if { var(txn.cs_state) -m str verified } { ssl_c_der,sha2(256),hex,lower,map_str(${word(blocked)},0) -m str 1 }`,
  ];
}

/** Which host a request is for; an exact name beats a wildcard, so it is looked for last. */
function plans(hosts: readonly HostPlan[]): string[] {
  const numbered = hosts.map((host, index) => ({ host, index }));
  const isWildcard = ({ host }: (typeof numbered)[number]) => host.hostname.startsWith('*.');
  return [...numbered.filter(isWildcard), ...numbered.filter((one) => !isWildcard(one))].map(
    ({ host, index }) => `  http-request set-var(txn.cs_plan) int(${index}) if ${isHost(host)}`,
  );
}

function verdicts(host: HostPlan, index: number): string[] {
  if (host.decision.kind === 'agent') return askAgent(isPlan(index));
  const { verdicts } = host.decision;
  return statusesOf(host).map((status) => {
    const states = CLIENT_STATES.filter((state) => verdicts[state] === status).join(' ');
    return `  http-request set-var(txn.cs_verdict) int(${status}) if ${isPlan(index)} { var(txn.cs_state) -m str ${states} }`;
  });
}

/**
 * The agent is asked what a certificate is worth that came with others: HAProxy looks at none of those for whether it is
 * revoked, nor at how many they are.
 */
function chains({ chains, decision }: HostPlan, index: number): string[] {
  return chains === 'agent' && decision.kind === 'table' ? askAgent(isBelowOthers(index)) : [];
}

/** Where it cannot be asked, such a certificate counts for nothing. */
function refusedChains({ chains }: HostPlan, index: number): string[] {
  return chains === 'refused'
    ? [`  http-request set-var(txn.cs_state) str(unverified) if ${isBelowOthers(index)}`]
    : [];
}

/** Where others are too long for HAProxy to hand on, there are none although the issuer is no authority of the policy. */
function isBelowOthers(index: number): string {
  const verified = `${isPlan(index)} { var(txn.cs_state) -m str verified }`;
  return `${verified} { ssl_c_chain_der -m found } or ${verified} { var(txn.cs_issuer) -m str -- - }`;
}

function askAgent(condition: string): string[] {
  return [
    // HAProxy goes on when an action in Lua fails: then this is what stands.
    `  http-request set-var(txn.cs_verdict) int(503) if ${condition}`,
    `  http-request lua.countersign_decide if ${condition}`,
  ];
}

function denials(statuses: readonly number[]): string[] {
  return statuses.flatMap((status) => page(status, `{ var(txn.cs_verdict) -m int ${status} }`));
}

function page(status: number, condition: string): string[] {
  const { html, json } = denialPage(status, '%[var(txn.cs_request)]');
  const answer = (type: string, body: string, more: string) =>
    `  http-request return status ${status} content-type ${type} hdr cache-control no-store lf-string '${body}' if ${condition}${more}`;
  const wantsJson = ' { req.hdr(accept) -m reg -i application/(problem\\+)?json }';
  return [answer('application/json', json, wantsJson), answer('text/html', html, '')];
}

/**
 * What the origin is told, and nothing that a client has made up, however it spells a header's name. Only a verified
 * certificate is handed on; and its name in percent signs, since HAProxy writes a line break in it as a line break.
 */
function toOrigin(): string[] {
  const verified = '{ var(txn.cs_state) -m str verified }';
  return [
    ...RESERVED.map((pattern) => `  http-request del-header ${pattern} -m reg`),
    '  http-request set-header X-Client-Cert-Verified false',
    `  http-request set-header X-Client-Cert-Verified true if ${verified}`,
    `  http-request set-header Client-Cert :%[ssl_c_der,base64]: if ${verified}`,
    `  http-request set-header Client-Cert-Chain %[var(txn.cs_chain)] if ${verified} { var(txn.cs_chain) -m found }`,
    `  http-request set-header X-Client-Cert-Serial %[var(txn.cs_serial)] if ${verified}`,
    `  http-request set-header X-Client-Cert-Fingerprint-SHA256 %[ssl_c_der,sha2(256),hex,lower] if ${verified}`,
    `  http-request set-header X-Client-Cert-Subject-CN %[ssl_c_s_dn(cn),url_enc] if ${verified}`,
    '  http-request set-header X-Forwarded-For %[src]',
    '  http-request set-header X-Forwarded-Proto https',
    '  http-request set-header X-Forwarded-Host %[var(txn.cs_host)]',
    '  http-request set-header X-Request-Id %[var(txn.cs_request)]',
  ];
}

/** Headers that a client must not be heard on: what is neither letter nor digit may be a hyphen to an origin. */
const RESERVED: readonly string[] = [
  '^client[^a-z0-9]cert([^a-z0-9]chain)?$',
  '^x[^a-z0-9]client[^a-z0-9]cert',
  '^x[^a-z0-9]forwarded[^a-z0-9]',
  '^x[^a-z0-9]real[^a-z0-9]ip$',
  '^x[^a-z0-9]request[^a-z0-9]id$',
  '^forwarded$',
];

function isPlan(index: number): string {
  return `{ var(txn.cs_plan) -m int ${index} }`;
}

function isHost({ hostname }: HostPlan): string {
  if (!hostname.startsWith('*.')) return `{ var(txn.cs_host) -m str ${word(hostname)} }`;
  // One label and no more.
  return `{ var(txn.cs_host) -m reg ^[^.]+${word(hostname.slice(1)).replaceAll('.', '\\.')}$ }`;
}

function backend({ origin }: HostPlan, index: number): string[] {
  const { protocol, host } = new URL(origin);
  const tls = protocol === 'https:' ? ' ssl verify required ca-file @system-ca' : '';
  const port = host.includes(':') ? '' : protocol === 'https:' ? ':443' : ':80';
  return [
    `backend countersign_${index}`,
    '  mode http',
    '  timeout connect 5s',
    '  timeout server 60s',
    '  timeout tunnel 1h',
    `  server origin ${word(host)}${port}${tls}`,
    '',
  ];
}
