import { CLIENT_STATES } from '../../core/waf/certain.ts';
import { denialPage } from '../proxy/denial.ts';
import { type HostPlan, type IssuerPattern, statusesOf, word } from '../proxy/plan.ts';

/** Where the agent keeps what nginx reads, and how it is asked. Absolute paths. */
export type NginxPlaces = {
  /** Certificates of authorities, by the hostname that accepts them: `bundles/0.pem`, ... */
  bundles: string;
  /** Serials that are revoked, as lines of a `map`. */
  revokedMap: string;
  /** `recent/AUTHORITY/SERIAL` and `released/AUTHORITY/SERIAL`: what has changed since the map was written. */
  changes: string;
  /** The agent's socket. */
  socket: string;
  accessLog: string;
  /** Where nginx tells which version it runs: see `untilVersion`. */
  status: { shared: string; own: string };
  /** `443`, `127.0.0.1:8443`, `[::]:443` */
  listen: string;
};

/**
 * One file for nginx's `http` block, written from the policy: a server for each hostname of the agent's configuration.
 *
 * - A certificate that fails is no error of nginx's (495): the request goes on, and `$cs_state` says what it is.
 * - No session is resumed: a session of one hostname is not checked again for another.
 * - `if` holds nothing but `set` and `return`, which are what it is safe for.
 * @param version told on the status socket, so that the agent knows when it is in force.
 * @param entries how many serials the map holds, from which nginx's hash is sized.
 */
export function nginxConfig(
  hosts: readonly HostPlan[],
  issuers: readonly IssuerPattern[],
  places: NginxPlaces,
  { version, entries }: { version: number; entries: number },
): string {
  return [
    '# Written by Countersign. What is changed here is overwritten.',
    ...maps(hosts, issuers, places, entries),
    ...unknownHosts(places),
    ...status(places, version),
    ...hosts.flatMap((host, index) => server(host, index, places)),
    '',
  ].join('\n');
}

function maps(
  hosts: readonly HostPlan[],
  issuers: readonly IssuerPattern[],
  places: NginxPlaces,
  entries: number,
): string[] {
  return [
    'map_hash_bucket_size 128;',
    `map_hash_max_size ${Math.max(2_048, 2 * entries)};`,
    'map $ssl_client_i_dn $cs_issuer {',
    '  default -;',
    ...issuers.map(({ authorityId, pattern }) => `  "~${pattern}" ${word(authorityId)};`),
    '}',
    'map "$cs_issuer:$ssl_client_serial" $cs_listed {',
    '  default 0;',
    `  include ${word(places.revokedMap)};`,
    '}',
    'map $ssl_client_verify $cs_checked {',
    '  default unverified;',
    '  SUCCESS verified;',
    '  NONE none;',
    '  "" none;',
    '}',
    'map "$cs_checked$cs_revoked" $cs_state {',
    '  default none;',
    '  ~^unverified unverified;',
    '  verified0 verified;',
    '  verified1 revoked;',
    '}',
    'map $cs_state $cs_verified {',
    '  default false;',
    '  verified true;',
    '}',
    // Only a verified certificate is handed on: an origin must not take another one for an identity.
    ...rfc9440(),
    'map $cs_state $cs_serial {',
    '  default "";',
    '  verified $ssl_client_serial;',
    '}',
    'map "$cs_state $ssl_client_s_dn" $cs_subject_cn {',
    '  default "";',
    '  "~^verified (|.*,)CN=(?<cs_cn>([^,+\\x5c]|\\x5c.)*)" $cs_cn;',
    '}',
    // Both without a trailing dot; the case does not matter.
    'map "$ssl_server_name|$host" $cs_same_host {',
    '  default 0;',
    '  "~*^([^|]+?)\\.?\\|\\1\\.?$" 1;',
    '}',
    // The agent's word counts where it was asked.
    'map $cs_told_state $cs_worth {',
    '  default $cs_told_state;',
    '  "" $cs_state;',
    '}',
    'map $http_accept $cs_page {',
    '  default html;',
    '  "~*application/(problem\\+)?json" json;',
    '}',
    'map $http_upgrade $cs_connection {',
    '  default upgrade;',
    '  "" "";',
    '}',
    `log_format countersign escape=json '{"at":$msec,"host":"$host","issuer":"$cs_issuer","serial":"$ssl_client_serial","state":"$cs_worth","status":$status,"denied":"$cs_denied"}';`,
    ...hosts.flatMap((host, index) => verdictMap(host, index)),
  ];
}

/** A certificate's PEM has lines of 64 characters: so many are put together, which is 4,5 kB of DER. */
const PEM_LINES = 96;

/** The octets in base64 between colons (RFC 9440 2.1), from the lines of the PEM. A longer certificate is left out. */
function rfc9440(): string[] {
  const names = Array.from({ length: PEM_LINES }, (_, line) => `cs_l${line}`);
  const line = (name: string) => `(?<${name}>[A-Za-z0-9+/=]+)`;
  const [first = '', ...others] = names;
  const lines = `${line(first)}${others.map((name) => `(?:\\n${line(name)})?`).join('')}`;
  return [
    'map "$cs_state $ssl_client_raw_cert" $cs_client_cert {',
    '  default "";',
    `  "~^verified -----BEGIN CERTIFICATE-----\\n${lines}\\n-----END CERTIFICATE-----\\n?$" ":${names.map((name) => `\${${name}}`).join('')}:";`,
    '}',
  ];
}

function verdictMap({ decision }: HostPlan, index: number): string[] {
  if (decision.kind === 'agent') return [];
  const { verdicts } = decision;
  return [
    `map $cs_state $cs_verdict_${index} {`,
    '  default 403;',
    ...CLIENT_STATES.map((state) => `  ${state} ${verdicts[state]};`),
    '}',
  ];
}

/** A handshake for no or an unknown hostname is refused. */
function unknownHosts({ listen }: NginxPlaces): string[] {
  return [
    'server {',
    `  listen ${word(listen)} ssl http2 default_server;`,
    '  ssl_reject_handshake on;',
    // The first server of an address says for all of them which versions are spoken, before a name is known.
    '  ssl_protocols TLSv1.2 TLSv1.3;',
    '  ssl_session_tickets off;',
    '  ssl_session_cache off;',
    // A served name was asked for, and then another one in the request.
    '  return 421;',
    '}',
  ];
}

function status({ status }: NginxPlaces, version: number): string[] {
  return [
    'server {',
    `  listen unix:${word(status.shared)};`,
    `  listen unix:${word(status.own)};`,
    '  access_log off;',
    `  location / { default_type text/plain; return 200 ${version}; }`,
    '}',
  ];
}

function server(host: HostPlan, index: number, places: NginxPlaces): string[] {
  const asks = host.authorities.length > 0;
  return [
    'server {',
    `  listen ${word(places.listen)} ssl http2;`,
    `  server_name ${serverName(host.hostname)};`,
    `  ssl_certificate ${word(host.certificateFile)};`,
    `  ssl_certificate_key ${word(host.keyFile)};`,
    '  ssl_protocols TLSv1.2 TLSv1.3;',
    '  ssl_session_tickets off;',
    '  ssl_session_cache off;',
    ...(asks
      ? [
          `  ssl_client_certificate ${word(places.bundles)}/${index}.pem;`,
          '  ssl_verify_client optional;',
          `  ssl_verify_depth ${host.chains === 'refused' ? 0 : 4};`,
          // A certificate that ends is looked at again with the next connection, a minute later at most.
          '  keepalive_time 60s;',
          '  error_page 495 = @countersign;',
        ]
      : []),
    '  recursive_error_pages on;',
    // What the `http` block around this may say otherwise, and would let requests past the rules.
    '  satisfy all;',
    '  underscores_in_headers off;',
    '  ignore_invalid_headers on;',
    '  proxy_intercept_errors off;',
    '  ssl_early_data off;',
    // It would remember for a while that a file was not there.
    '  open_file_cache off;',
    ...statusesOf(host).map((status) => `  error_page ${status} = /.countersign/${status}.$cs_page;`),
    `  access_log ${word(places.accessLog)} countersign;`,
    '  location / {',
    ...indented(handling(host, index, places)),
    '  }',
    ...(asks ? ['  location @countersign {', ...indented(handling(host, index, places)), '  }'] : []),
    ...(host.decision.kind === 'agent' ? decideLocation(places) : []),
    ...statusesOf(host).flatMap((status) => denialLocations(status, host)),
    '}',
  ];
}

/** nginx's own wildcards stand for any number of labels. */
function serverName(hostname: string): string {
  if (!hostname.startsWith('*.')) return word(hostname);
  return `~^[^.]+${word(hostname.slice(1)).replaceAll('.', '\\.')}$`;
}

/** Decides, and hands on to the origin. The same for a request whose certificate failed. */
function handling(host: HostPlan, index: number, places: NginxPlaces): string[] {
  return [
    'set $cs_revoked $cs_listed;',
    // Where nginx cannot look, because the folder is gone or its workers are not let in, everything counts as revoked.
    `if (!-d ${word(places.changes)}/recent) { set $cs_revoked 1; }`,
    `if (-f ${word(places.changes)}/recent/$cs_issuer/$ssl_client_serial) { set $cs_revoked 1; }`,
    `if (-f ${word(places.changes)}/released/$cs_issuer/$ssl_client_serial) { set $cs_revoked 0; }`,
    'if ($cs_same_host = 0) { return 421; }',
    ...verdict(host, index),
    ...toOrigin(host),
  ];
}

function verdict(host: HostPlan, index: number): string[] {
  if (host.decision.kind === 'agent') {
    return [
      'auth_request /.countersign/decide;',
      'auth_request_set $cs_denied $upstream_http_x_countersign_status;',
      'auth_request_set $cs_told_state $upstream_http_x_countersign_state;',
      ...TOLD.map(({ header, variable }) => `auth_request_set $cs_told_${variable} $upstream_http_${word(header)};`),
    ];
  }
  return [
    // Not in the server: an internal redirect would set it again, and an agent's answer would be lost.
    'set $cs_denied "";',
    'set $cs_told_state "";',
    ...statusesOf(host).map(
      (status) => `if ($cs_verdict_${index} = ${status}) { set $cs_denied ${status}; return ${status}; }`,
    ),
  ];
}

/** What the origin is told of a certificate: by the agent where it is asked, else as far as nginx can say it. */
const TOLD = [
  { name: 'Client-Cert', variable: 'certificate', native: '$cs_client_cert' },
  { name: 'Client-Cert-Chain', variable: 'chain', native: '""' },
  { name: 'X-Client-Cert-Verified', variable: 'verified', native: '$cs_verified' },
  { name: 'X-Client-Cert-Serial', variable: 'serial', native: '$cs_serial' },
  { name: 'X-Client-Cert-Fingerprint-SHA256', variable: 'fingerprint', native: '""' },
  { name: 'X-Client-Cert-Subject-CN', variable: 'subject', native: '$cs_subject_cn' },
].map((one) => ({ ...one, header: one.name.toLowerCase().replaceAll('-', '_') }));

function toOrigin(host: HostPlan): string[] {
  return [
    `proxy_pass ${word(host.origin)};`,
    'proxy_http_version 1.1;',
    'proxy_request_buffering off;',
    'proxy_buffering off;',
    'proxy_set_header Host $host;',
    'proxy_set_header Upgrade $http_upgrade;',
    'proxy_set_header Connection $cs_connection;',
    'proxy_set_header X-Forwarded-For $remote_addr;',
    'proxy_set_header X-Forwarded-Proto https;',
    'proxy_set_header X-Forwarded-Host $host;',
    'proxy_set_header X-Request-Id $request_id;',
    'proxy_set_header X-Real-IP "";',
    'proxy_set_header Forwarded "";',
    'proxy_set_header X-Client-Cert "";',
    ...TOLD.map(({ name, variable, native }) => {
      return `proxy_set_header ${name} ${host.decision.kind === 'agent' ? `$cs_told_${variable}` : native};`;
    }),
  ];
}

/** The agent is asked with what nginx knows; without an answer the request is denied (500). */
function decideLocation({ socket }: NginxPlaces): string[] {
  return [
    '  location = /.countersign/decide {',
    '    internal;',
    `    proxy_pass http://unix:${word(socket)}:/decide;`,
    '    proxy_pass_request_body off;',
    // A chain of certificates is in the answer's head.
    '    proxy_buffer_size 64k;',
    '    proxy_buffers 4 64k;',
    // An answer is about one request.
    '    proxy_cache off;',
    '    proxy_store off;',
    '    proxy_connect_timeout 2s;',
    '    proxy_read_timeout 5s;',
    '    proxy_set_header Content-Length "";',
    '    proxy_set_header Host $host;',
    '    proxy_set_header X-Countersign-Method $request_method;',
    '    proxy_set_header X-Countersign-Target $request_uri;',
    '    proxy_set_header X-Countersign-Version $server_protocol;',
    '    proxy_set_header X-Countersign-Source $remote_addr;',
    '    proxy_set_header X-Countersign-State $cs_state;',
    '    proxy_set_header X-Countersign-Certificate $ssl_client_escaped_cert;',
    '  }',
  ];
}

function denialLocations(status: number, host: HostPlan): string[] {
  const { html, json } = denialPage(status, '$request_id');
  // `auth_request` knows one status of denial; which one it is the agent has said beside it.
  const others = status === 403 && host.decision.kind === 'agent' ? statusesOf(host).filter((one) => one !== 403) : [];
  const page = (kind: 'html' | 'json', type: string, body: string) => [
    `  location = /.countersign/${status}.${kind} {`,
    '    internal;',
    ...others.map((one) => `    if ($cs_denied = ${one}) { rewrite ^ /.countersign/${one}.${kind} last; }`),
    // Takes the place of the server's, or the page would lead to itself.
    '    error_page 599 /;',
    `    default_type ${type};`,
    '    add_header Cache-Control no-store always;',
    `    return ${status} '${body}';`,
    '  }',
  ];
  return [...page('html', 'text/html', html), ...page('json', 'application/json', json)];
}

const indented = (lines: readonly string[]) => lines.map((line) => `    ${line}`);
