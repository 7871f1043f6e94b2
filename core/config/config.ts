import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import { type Environment, readEnvironment } from './env.ts';
import { deriveSealingKeys, type PURPOSES, parseKey, purposeVariable, type SealingKeys } from './secrets.ts';

export const PROCESSES = ['bot', 'api', 'worker', 'edge', 'sandbox', 'migrate'] as const;
export type ProcessName = (typeof PROCESSES)[number];

export type SlackConfig = {
  mode: 'http' | 'socket';
  botToken: string;
  signingSecret: string;
  appToken: string | undefined;
  apiUrl: string;
};

export type Config = {
  process: ProcessName;
  production: boolean;
  logLevel: string;
  dataDir: string;
  databaseUrl: string;
  redisUrl: string;
  host: string;
  port: number;
  apiPort: number;
  /** The api over TLS as well; PEM, with the certificates that lead to it behind its own. */
  apiTls: { port: number; certificate: string; key: string } | undefined;
  /** Calls of one access key to the OpenAPI in a second, in the long run; twice as many at once. */
  apiRatePerSecond: number;
  /** What Prometheus shows itself with; without it there are no metrics but on the loopback. */
  metricsToken: string | undefined;
  /** The https base of what people and edges are sent to; without a slash at its end. */
  publicUrl: string | undefined;
  /** The plain-http base that is put into certificates: CRL, OCSP, caIssuers; without a slash at its end. */
  pkiUrl: string | undefined;
  /** Where the gateway listens, unless its configuration says so. */
  edgePort: number;
  /** Where the edge says on the loopback how it is; undefined: nowhere. */
  edgeHealthPort: number | undefined;
  /** The path of `edge.json`, or `demo`. */
  edgeConfig: string | undefined;
  /** The api, as the installation's own gateway reaches it. */
  edgeFeedUrl: string;
  sandboxPort: number;
  /** The secret of the sandbox's page; made at each start unless given. */
  sandboxPageToken: string | undefined;
  /** Where the sandbox reaches the bot over HTTP. */
  sandboxBotUrl: string;
  slack: SlackConfig;
  firstAdmins: readonly string[];
  auditChannel: string | undefined;
  approvalChannel: string | undefined;
  /** Whether CRLs of custom CAs may be fetched from private addresses, this machine's own included. */
  crlFetchPrivate: boolean;
  /** How long work of a killed worker waits before another takes it over, in milliseconds. */
  leaseMs: number;
};

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** The beginning of addresses: no query, fragment or credentials, and no slash at its end. */
const base = (accepts: (url: URL) => boolean, message: string) =>
  z
    .string()
    .refine((text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      return (
        url !== undefined &&
        accepts(url) &&
        url.href.replace(/\/$/, '') === `${url.origin}${url.pathname}`.replace(/\/$/, '')
      );
    }, message)
    // As software compares it: the host in lower case and as A-labels.
    .transform((text) => new URL(text).href.replace(/\/+$/, ''))
    .optional();
const channel = z
  .string()
  .regex(/^[CG][A-Z0-9]{2,}$/, 'must be the id of a channel, such as C0123456789')
  .optional();

const schema = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  DATA_DIR: z.string().default('.data'),
  DATABASE_URL: z
    .string()
    .regex(/^file:.+/, 'must be file:PATH (SQLite)')
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^(rediss?|unix):\/\/.+/, 'must begin with redis://, rediss:// or unix://')
    .optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: port(3000),
  API_PORT: port(8080),
  API_TLS_PORT: port(8444),
  API_TLS_CERTIFICATE: z.string().includes('-----BEGIN CERTIFICATE-----', 'must be certificates in PEM').optional(),
  API_TLS_KEY: z
    .string()
    .regex(/-----BEGIN (\w+ )?PRIVATE KEY-----/, 'must be a private key in PEM')
    .optional(),
  API_RATE_PER_SECOND: z.coerce.number().min(1).max(100_000).default(100),
  METRICS_TOKEN: z.string().min(16, 'must be at least 16 characters').optional(),
  PUBLIC_URL: base(
    ({ protocol, hostname }) => protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname)),
    'must be an https address, such as https://mtls.example.com (http only on the loopback)',
  ),
  PKI_URL: base(
    // What certificates may name: the lint of their addresses knows no address in brackets.
    ({ protocol, hostname, pathname }) =>
      protocol === 'http:' && /^[\w.-]+$/.test(hostname) && /^[\w\-.~/]*$/.test(pathname),
    'must be a plain http address, such as http://pki.example.com (what is fetched there is signed)',
  ),
  EDGE_PORT: port(8443),
  EDGE_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  EDGE_CONFIG: z.string().optional(),
  EDGE_FEED_URL: base(
    ({ protocol, hostname }) => protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname)),
    'must be an https address (http only on the loopback)',
  ),
  SANDBOX_PORT: port(3100),
  SANDBOX_PAGE_TOKEN: z
    .string()
    .regex(/^[\w-]{16,}$/, 'must be at least 16 letters and digits')
    .optional(),
  SANDBOX_BOT_URL: z.url({ protocol: /^http$/ }).optional(),
  SLACK_BOT_TOKEN: z
    .string()
    .regex(/^xox[a-z]?[.-]/, 'must be a bot token, xoxb-...')
    .optional(),
  SLACK_SIGNING_SECRET: z.string().min(8, 'is too short: copy it from Basic Information of the Slack app').optional(),
  SLACK_APP_TOKEN: z
    .string()
    .regex(/^xapp-/, 'must be an app-level token, xapp-...')
    .optional(),
  SLACK_API_URL: z.url({ protocol: /^https?$/ }).default('https://slack.com/api/'),
  COUNTERSIGN_ADMINS: z.string().default(''),
  COUNTERSIGN_AUDIT_CHANNEL: channel,
  COUNTERSIGN_APPROVAL_CHANNEL: channel,
  CRL_FETCH_PRIVATE: z.enum(['true', 'false'], 'must be true or false').default('false'),
  WORKER_LEASE_SECONDS: z.coerce.number().min(1).max(600).default(30),
});

type Raw = z.infer<typeof schema>;

/**
 * The typed configuration of one process, and its keys.
 * @throws CountersignError `invalid_configuration`, which lists every problem at once, by variable name.
 */
export function loadConfig(process: ProcessName, source?: Environment): { config: Config; keys: SealingKeys } {
  const { env, problems } = readEnvironment(source);
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}.`));
  }
  const raw = parsed.success ? parsed.data : undefined;
  const keys = readKeys(process, env, problems);
  if (raw) problems.push(...contradictions(process, raw));
  if (raw === undefined || problems.length > 0) {
    throw new CountersignError('invalid_configuration', {
      userMessage: ['The configuration has problems:', ...problems.map((problem) => `  - ${problem}`)].join('\n'),
    });
  }
  return { config: toConfig(process, raw), keys };
}

function contradictions(process: ProcessName, raw: Raw): string[] {
  const problems: string[] = [];
  const needsSlack = process === 'bot' || process === 'worker';
  if (needsSlack && !raw.SLACK_BOT_TOKEN) {
    problems.push(
      'SLACK_BOT_TOKEN: is missing. See "Install into Slack" in the README, or run npm start for the sandbox.',
    );
  }
  if (process === 'bot' && !raw.SLACK_APP_TOKEN && !raw.SLACK_SIGNING_SECRET) {
    problems.push('SLACK_SIGNING_SECRET: is missing (or set SLACK_APP_TOKEN for Socket Mode).');
  }
  const needsRedis = needsSlack || process === 'api';
  if (needsRedis && !raw.REDIS_URL)
    problems.push('REDIS_URL: is missing. npm start provides a private Redis by itself.');
  if (process === 'api' && !raw.API_TLS_CERTIFICATE !== !raw.API_TLS_KEY) {
    problems.push('API_TLS_CERTIFICATE, API_TLS_KEY: one of them is missing. TLS needs both.');
  }
  if (process === 'api' && raw.API_TLS_CERTIFICATE && raw.API_TLS_KEY) {
    const problem = whyNoTls(raw.API_TLS_CERTIFICATE, raw.API_TLS_KEY);
    if (problem) problems.push(`API_TLS_CERTIFICATE, API_TLS_KEY: ${problem}`);
  }
  if (raw.NODE_ENV === 'production' && raw.SLACK_API_URL.startsWith('http:')) {
    problems.push('SLACK_API_URL: must be https in production.');
  }
  if (process === 'edge' && !raw.EDGE_CONFIG) {
    problems.push('EDGE_CONFIG: is missing. It is the path of edge.json; docs/edges.md has an example.');
  }
  if (raw.NODE_ENV === 'production' && process === 'edge' && raw.EDGE_CONFIG === 'demo') {
    problems.push('EDGE_CONFIG: the demo does not run in production.');
  }
  if (raw.NODE_ENV === 'production' && process === 'sandbox') {
    problems.push('NODE_ENV: the sandbox does not run in production.');
  }
  if (process === 'sandbox' && raw.SLACK_BOT_TOKEN && !isSandboxToken(raw.SLACK_BOT_TOKEN)) {
    problems.push('SLACK_BOT_TOKEN: the sandbox does not run with a real Slack token.');
  }
  return problems;
}

/** Why the two do not make a server, as OpenSSL says it; undefined when they do. */
function whyNoTls(cert: string, key: string): string | undefined {
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    return `they cannot be used together (${(error as Error).message}).`;
  }
}

/** Tokens the sandbox makes say so, and no token of Slack's does. */
export const SANDBOX_TOKEN_PREFIX = 'xoxb-sandbox-';

function isSandboxToken(token: string): boolean {
  return token.startsWith(SANDBOX_TOKEN_PREFIX);
}

/** What the api opens: responders' keys, and the secrets that calls are signed with. */
const API_KEYS = ['ocsp', 'access-key'] as const;

function readKeys(process: ProcessName, env: Environment, problems: string[]): SealingKeys {
  const attempt = (name: string, text: string): Uint8Array | undefined => {
    try {
      return parseKey(name, text);
    } catch (error) {
      problems.push((error as Error).message);
      return undefined;
    }
  };
  if (process === 'worker') {
    const text = env['COUNTERSIGN_MASTER_KEY'];
    if (text === undefined) {
      problems.push('COUNTERSIGN_MASTER_KEY: is missing. npm start makes one; elsewhere: openssl rand -base64 32');
      return {};
    }
    const master = attempt('COUNTERSIGN_MASTER_KEY', text);
    return master ? deriveSealingKeys(master) : {};
  }
  const needed =
    process === 'bot'
      ? (['reveal'] as const)
      : process === 'api'
        ? API_KEYS
        : process === 'edge'
          ? (['edge'] as const)
          : [];
  const keys: Partial<Record<(typeof PURPOSES)[number], Uint8Array>> = {};
  for (const purpose of needed) {
    const name = purposeVariable(purpose);
    const text = env[name];
    // A gateway with a credential in its edge.json has no use for it.
    if (text === undefined && process === 'edge') continue;
    if (text === undefined) problems.push(`${name}: is missing. npm run keys:derive prints it from the master key.`);
    else {
      const key = attempt(name, text);
      if (key) keys[purpose] = key;
    }
  }
  return keys;
}

function toConfig(process: ProcessName, raw: Raw): Config {
  return {
    process,
    production: raw.NODE_ENV === 'production',
    logLevel: raw.LOG_LEVEL,
    dataDir: raw.DATA_DIR,
    databaseUrl: raw.DATABASE_URL ?? `file:${raw.DATA_DIR}/countersign.db`,
    redisUrl: raw.REDIS_URL ?? '',
    host: raw.HOST,
    port: raw.PORT,
    apiPort: raw.API_PORT,
    apiTls:
      raw.API_TLS_CERTIFICATE && raw.API_TLS_KEY
        ? { port: raw.API_TLS_PORT, certificate: raw.API_TLS_CERTIFICATE, key: raw.API_TLS_KEY }
        : undefined,
    apiRatePerSecond: raw.API_RATE_PER_SECOND,
    metricsToken: raw.METRICS_TOKEN,
    publicUrl: raw.PUBLIC_URL,
    pkiUrl: raw.PKI_URL,
    edgePort: raw.EDGE_PORT,
    edgeHealthPort: raw.EDGE_HEALTH_PORT,
    edgeConfig: raw.EDGE_CONFIG,
    edgeFeedUrl: raw.EDGE_FEED_URL ?? `http://127.0.0.1:${raw.API_PORT}`,
    sandboxPort: raw.SANDBOX_PORT,
    sandboxPageToken: raw.SANDBOX_PAGE_TOKEN,
    sandboxBotUrl: raw.SANDBOX_BOT_URL ?? `http://127.0.0.1:${raw.PORT}/slack/events`,
    slack: {
      mode: raw.SLACK_APP_TOKEN ? 'socket' : 'http',
      botToken: raw.SLACK_BOT_TOKEN ?? '',
      signingSecret: raw.SLACK_SIGNING_SECRET ?? '',
      appToken: raw.SLACK_APP_TOKEN,
      apiUrl: raw.SLACK_API_URL,
    },
    firstAdmins: raw.COUNTERSIGN_ADMINS.split(',')
      .map((id) => id.trim())
      .filter((id) => id !== ''),
    auditChannel: raw.COUNTERSIGN_AUDIT_CHANNEL,
    approvalChannel: raw.COUNTERSIGN_APPROVAL_CHANNEL,
    crlFetchPrivate: raw.CRL_FETCH_PRIVATE === 'true',
    leaseMs: raw.WORKER_LEASE_SECONDS * 1000,
  };
}
