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
  /** The agent's action, in Lua. */
  script: string;
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
    `  lua-load-per-thread ${word(places.script)}`,
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
    `  log-format '{"at":%Ts%ms,"host":"%[var(txn.cs_host)]","issuer":"%[var(txn.cs_issuer)]","serial":"%[var(txn.cs_serial)]","state":"%[var(txn.cs_state)]","status":%ST,"denied":"%[var(txn.cs_verdict)]"}'`,
    '  http-request set-var(txn.cs_request) uuid()',
    ...sameHost(),
    ...clientState(places),
    ...hosts.flatMap(verdicts),
    ...denials([...new Set([...hosts.flatMap(statusesOf), 503])]),
    // Whatever else a verdict is, it is not that the request may pass.
    ...page(403, '!{ var(txn.cs_verdict) -m int 0 }'),
    ...toOrigin(),
    ...hosts.map((host, index) => `  use_backend countersign_${index} if ${isHost(host)}`),
    '',
  ];
}

/** Server name and Host header are the same name, or no rule is asked. */
function sameHost(): string[] {
  return [
    '  http-request set-var(txn.cs_sni) ssl_fc_sni,lower,rtrim(.)',
    '  http-request set-var(txn.cs_host) req.hdr(host),host_only,lower,rtrim(.)',
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

function verdicts(host: HostPlan): string[] {
  if (host.decision.kind === 'agent') {
    return [
      // What stays when the script is ended before it has an answer.
      `  http-request set-var(txn.cs_verdict) int(503) if ${isHost(host)}`,
      `  http-request lua.countersign_decide if ${isHost(host)}`,
    ];
  }
  const { verdicts } = host.decision;
  return statusesOf(host).map((status) => {
    const states = CLIENT_STATES.filter((state) => verdicts[state] === status).join(' ');
    return `  http-request set-var(txn.cs_verdict) int(${status}) if ${isHost(host)} { var(txn.cs_state) -m str ${states} }`;
  });
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

/** What the origin is told, and nothing that a client has made up. */
function toOrigin(): string[] {
  return [
    '  http-request del-header client-cert',
    '  http-request del-header client-cert-chain',
    '  http-request del-header x-client-cert -m beg',
    '  http-request del-header x_client_cert -m beg',
    '  http-request del-header forwarded',
    '  http-request set-header Client-Cert :%[ssl_c_der,base64]: if { ssl_c_used 1 }',
    '  http-request set-header X-Client-Cert-Verified false',
    '  http-request set-header X-Client-Cert-Verified true if { var(txn.cs_state) -m str verified }',
    '  http-request set-header X-Client-Cert-Serial %[var(txn.cs_serial)] if { ssl_c_used 1 }',
    '  http-request set-header X-Client-Cert-Fingerprint-SHA256 %[ssl_c_der,sha2(256),hex,lower] if { ssl_c_used 1 }',
    '  http-request set-header X-Client-Cert-Subject-CN %[ssl_c_s_dn(cn)] if { ssl_c_used 1 }',
    '  http-request set-header X-Forwarded-For %[src]',
    '  http-request set-header X-Forwarded-Proto https',
    '  http-request set-header X-Forwarded-Host %[var(txn.cs_host)]',
    '  http-request set-header X-Request-Id %[var(txn.cs_request)]',
  ];
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
