import type { Environment } from '../core/config/env.ts';
import { deriveSealingKeys, type Purpose, parseKey, purposeVariable } from '../core/config/secrets.ts';
import type { Mode } from './mode.ts';
import type { SandboxIdentity } from './sandbox-identity.ts';

/** What programs need from the system they run on: nothing of ours, nothing secret. */
const SYSTEM = [
  ...['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'NODE_ENV', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS'],
  ...[
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
    'no_proxy',
  ],
];

/** The sandbox lets anybody be anybody, so it listens on the loopback whatever HOST says. */
export const SANDBOX_HOST = '127.0.0.1';

/** Every variable a process is given is named here, so that none gets a secret it has no use for. */
const GIVEN = {
  bot: [
    ...['LOG_LEVEL', 'DATA_DIR', 'DATABASE_URL', 'REDIS_URL', 'HOST', 'PORT', 'SLACK_API_URL', 'SLACK_BOT_TOKEN'],
    ...['SLACK_SIGNING_SECRET', 'SLACK_APP_TOKEN', 'COUNTERSIGN_ADMINS', 'COUNTERSIGN_AUDIT_CHANNEL'],
    ...['COUNTERSIGN_APPROVAL_CHANNEL', purposeVariable('reveal')],
  ],
  api: [
    ...['LOG_LEVEL', 'DATA_DIR', 'DATABASE_URL', 'REDIS_URL', 'HOST', 'API_PORT', 'PUBLIC_URL', 'PKI_URL'],
    ...['API_TLS_PORT', 'API_TLS_CERTIFICATE', 'API_TLS_KEY', 'API_RATE_PER_SECOND', 'METRICS_TOKEN'],
    ...[purposeVariable('ocsp'), purposeVariable('access-key')],
  ],
  worker: [
    ...['LOG_LEVEL', 'DATA_DIR', 'DATABASE_URL', 'REDIS_URL', 'SLACK_API_URL', 'SLACK_BOT_TOKEN', 'COUNTERSIGN_ADMINS'],
    ...['COUNTERSIGN_AUDIT_CHANNEL', 'COUNTERSIGN_APPROVAL_CHANNEL', 'COUNTERSIGN_MASTER_KEY', 'WORKER_LEASE_SECONDS'],
    ...['PUBLIC_URL', 'PKI_URL', 'CRL_FETCH_PRIVATE'],
  ],
  edge: [
    ...['LOG_LEVEL', 'DATA_DIR', 'HOST', 'EDGE_PORT', 'EDGE_HEALTH_PORT', 'EDGE_CONFIG', 'EDGE_FEED_URL'],
    purposeVariable('edge'),
  ],
  sandbox: [
    ...['LOG_LEVEL', 'DATA_DIR', 'EDGE_PORT', 'SANDBOX_PORT', 'SLACK_BOT_TOKEN', 'SLACK_SIGNING_SECRET'],
    ...['SANDBOX_PAGE_TOKEN', 'SANDBOX_BOT_URL'],
  ],
} as const satisfies Record<string, readonly string[]>;

export type OurProcess = keyof typeof GIVEN;
export type Environments = Readonly<Record<OurProcess, Record<string, string>>>;

export type Installation = {
  mode: Mode;
  env: Environment;
  dataDir: string;
  redisUrl: string;
  /** base64 */
  masterKey: string;
  port: number;
  apiPort: number;
  edgePort: number;
  sandboxPort: number;
  sandbox: SandboxIdentity | undefined;
  pageToken: string;
};

/** The whole environment of each process; pure. */
export function buildEnvironments(installation: Installation): Environments {
  const { dataDir, masterKey } = installation;
  const all: Record<string, string | undefined> = {
    ...installation.env,
    ...forSandbox(installation),
    ...whereApiIs(installation),
    DATA_DIR: dataDir,
    REDIS_URL: installation.redisUrl,
    PORT: String(installation.port),
    API_PORT: String(installation.apiPort),
    EDGE_PORT: String(installation.edgePort),
    SANDBOX_PORT: String(installation.sandboxPort),
    COUNTERSIGN_MASTER_KEY: masterKey,
    [purposeVariable('reveal')]: derivedKey(masterKey, 'reveal'),
    [purposeVariable('ocsp')]: derivedKey(masterKey, 'ocsp'),
    [purposeVariable('edge')]: derivedKey(masterKey, 'edge'),
    [purposeVariable('access-key')]: derivedKey(masterKey, 'access-key'),
  };
  return {
    bot: pick(all, GIVEN.bot),
    api: pick(all, GIVEN.api),
    worker: pick(all, GIVEN.worker),
    edge: pick(all, GIVEN.edge),
    sandbox: pick(all, GIVEN.sandbox),
  };
}

/** The sandbox's people and channels have fixed ids: ada is the administrator. */
function forSandbox(installation: Installation): Record<string, string | undefined> {
  const { mode, env, sandbox, port, sandboxPort, pageToken } = installation;
  if (mode !== 'sandbox' || sandbox === undefined) return {};
  const host = reachableHost(env['HOST'] ?? '127.0.0.1');
  return {
    SLACK_BOT_TOKEN: sandbox.botToken,
    SLACK_SIGNING_SECRET: sandbox.signingSecret,
    SLACK_APP_TOKEN: undefined,
    SLACK_API_URL: `http://${SANDBOX_HOST}:${sandboxPort}/api/`,
    DATABASE_URL: undefined,
    COUNTERSIGN_ADMINS: 'U0ADA',
    COUNTERSIGN_AUDIT_CHANNEL: 'C0AUDIT',
    COUNTERSIGN_APPROVAL_CHANNEL: 'C0APPROVE',
    EDGE_CONFIG: 'demo',
    EDGE_FEED_URL: undefined,
    SANDBOX_PAGE_TOKEN: pageToken,
    SANDBOX_BOT_URL: `http://${host}:${port}/slack/events`,
  };
}

/**
 * The addresses that the api is reached at from elsewhere cannot be guessed in production. Before that, this machine is
 * all there is, and always for the sandbox, whose certificates mean nothing elsewhere.
 */
function whereApiIs({ mode, env, apiPort }: Installation): Record<string, string | undefined> {
  const here = `http://${reachableHost(env['HOST'] ?? '127.0.0.1')}:${apiPort}`;
  if (mode === 'sandbox') return { PUBLIC_URL: here, PKI_URL: here, EDGE_FEED_URL: here };
  const fallback = env['NODE_ENV'] === 'production' || Number.isNaN(apiPort) ? undefined : here;
  return {
    PUBLIC_URL: env['PUBLIC_URL'] ?? fallback,
    PKI_URL: env['PKI_URL'] ?? fallback,
    EDGE_FEED_URL: env['EDGE_FEED_URL'] ?? here,
  };
}

/** Where something that listens on this address is reached from this machine. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function derivedKey(masterKey: string, purpose: Purpose): string {
  return Buffer.from(deriveSealingKeys(parseKey('COUNTERSIGN_MASTER_KEY', masterKey))[purpose]).toString('base64');
}

function pick(all: Record<string, string | undefined>, names: readonly string[]): Record<string, string> {
  const entries = [...SYSTEM, ...names].map((name) => [name, all[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
