import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { deriveSealingKeys } from '../../core/config/secrets.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';
import { InteractionFailed } from '../../sandbox/server/delivery.ts';
import { startSandbox } from '../../sandbox/server/sandbox.ts';
import { startPrivateRedis } from '../../start/redis/private.ts';
import { apiEnvironment } from './api-env.ts';
import { programOf } from './built.ts';
import { tools } from './tools.ts';
import { until } from './until.ts';

export const ACCOUNT = 'T0ACME';
export const MASTER_KEY = Buffer.alloc(32, 3).toString('base64');
/** Short, so that what a killed worker was doing is soon taken over. */
const LEASE_SECONDS = 2;

type Part = 'bot' | 'worker' | 'worker-2' | 'api' | 'edge';

export type Stack = Awaited<ReturnType<typeof startStack>>;

/**
 * Everything as in production, each in a process of its own: bot, worker, Redis and, where it is asked for, the api; with
 * the sandbox (in this process) for Slack. ada is the first administrator; alice is an operator, bob an approver.
 */
export async function startStack(
  options: {
    socketMode?: boolean;
    /** Starts the api as well; certificates then say where their CRL and OCSP are. */
    api?: boolean;
    /** Starts the sandbox's gateway as well, which needs the api. */
    edge?: boolean;
    /** Starts a second worker, `worker-2`, beside the first. */
    twoWorkers?: boolean;
    env?: Record<string, string>;
    /** Options of Node for every process, as for a profile. */
    nodeOptions?: readonly string[];
    /** Runs what was built into this folder. */
    built?: string;
  } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'cs-stack-'));
  const sandbox = await startSandbox();
  const startRedis = () => startPrivateRedis({ dataDir: folder, serverPath: tools.redisServer as string });
  let redis = await startRedis();
  const port = await freePort();
  const apiPort = await freePort();
  const edgePort = await freePort();
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const databasePath = join(folder, 'countersign.db');
  const common = {
    PATH: process.env['PATH'] ?? '',
    NODE_ENV: 'test',
    LOG_LEVEL: 'debug',
    DATABASE_URL: `file:${databasePath}`,
    REDIS_URL: redis.url,
    SLACK_BOT_TOKEN: sandbox.botToken,
    SLACK_API_URL: sandbox.apiUrl,
    COUNTERSIGN_ADMINS: 'U0ADA',
    COUNTERSIGN_AUDIT_CHANNEL: 'C0AUDIT',
    COUNTERSIGN_APPROVAL_CHANNEL: 'C0APPROVE',
    ...(options.api ? { PKI_URL: apiUrl, PUBLIC_URL: apiUrl } : {}),
    ...options.env,
  };
  const log: string[] = [];
  const processes = new Map<string, ChildProcess>();
  let store: Store | undefined;

  const keys = deriveSealingKeys(Buffer.from(MASTER_KEY, 'base64'));
  const worker = { COUNTERSIGN_MASTER_KEY: MASTER_KEY, WORKER_LEASE_SECONDS: String(LEASE_SECONDS) };
  const own: Readonly<Record<Part, Record<string, string>>> = {
    worker,
    'worker-2': worker,
    bot: {
      PORT: String(port),
      COUNTERSIGN_KEY_REVEAL: Buffer.from(keys.reveal).toString('base64'),
      ...(options.socketMode ? { SLACK_APP_TOKEN: sandbox.appToken } : { SLACK_SIGNING_SECRET: sandbox.signingSecret }),
    },
    api: { ...apiEnvironment(keys), REDIS_URL: redis.url, API_PORT: String(apiPort) },
    edge: {
      DATA_DIR: folder,
      EDGE_CONFIG: 'demo',
      EDGE_PORT: String(edgePort),
      EDGE_FEED_URL: apiUrl,
      COUNTERSIGN_KEY_EDGE: Buffer.from(keys.edge).toString('base64'),
    },
  };
  const start = async (name: Part) => {
    const folderOf = name === 'worker-2' ? 'worker' : name;
    const child = spawn(process.execPath, [...(options.nodeOptions ?? []), ...programOf(folderOf, options.built)], {
      env: { ...common, ...own[name] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    processes.set(name, child);
    child.stderr.on('data', (chunk) => log.push(`${name}: ${chunk}`));
    const lines = createInterface({ input: child.stdout });
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        log.push(`${name}: ${line}`);
        if (line.includes('"msg":"ready"')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`${name} ended with ${code}\n${log.slice(-5).join('\n')}`)));
    });
  };

  const end = async (name: string, signal: NodeJS.Signals) => {
    const child = processes.get(name);
    processes.delete(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };

  const dispose = async () => {
    await store?.close();
    await Promise.all([...processes.keys()].map((name) => end(name, 'SIGKILL')));
    await redis.stop();
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    await Promise.all([
      start('worker'),
      start('bot'),
      ...(options.twoWorkers ? [start('worker-2')] : []),
      ...(options.api ? [start('api')] : []),
      ...(options.edge ? [start('edge')] : []),
    ]);
  } catch (error) {
    await dispose();
    throw error;
  }
  sandbox.setBotUrl(`http://127.0.0.1:${port}/slack/events`);

  const stack = {
    sandbox,
    port,
    apiUrl,
    edgePort,
    databasePath,
    folder,
    /** Every line the processes have logged. */
    log,
    alice: sandbox.person('U0ALICE'),
    bob: sandbox.person('U0BOB'),
    eve: sandbox.person('U0EVE'),
    ada: sandbox.person('U0ADA'),
    /** The database, read beside the processes. */
    get store(): Store {
      store ??= openStore(`file:${databasePath}`, { busyTimeoutMs: 5_000 });
      return store;
    },
    get redis() {
      return redis;
    },
    async restartRedis() {
      redis = await startRedis();
    },
    start,
    pid: (name: Part) => processes.get(name)?.pid,
    kill: (name: Part) => end(name, 'SIGKILL'),
    end,
    /** Asks it to end, and waits until it has. */
    stop: (name: Part) => end(name, 'SIGTERM'),
    /** ada gives out the roles and adds example.com, as people do it. */
    async setUp() {
      const { ada } = stack;
      await inTime(() => ada.command(ada.dm, '/mtls settings'));
      await ada.until(() => ada.modal, 20_000);
      await ada.submit({ Operators: ['U0ALICE'], Approvers: ['U0BOB'] });
      await inTime(() => ada.command(ada.dm, '/mtls site add example.com'));
      // What takes longer than two seconds is told in another message.
      const isThere = async () => (await stack.store.sites(ACCOUNT)).some(({ state }) => state === 'active');
      await until('example.com is a site', isThere, 20_000);
    },
    [Symbol.asyncDispose]: dispose,
  };
  return stack;
}

/** The first thing that a bot is asked may take it longer than Slack waits, where many are starting; people ask again. */
async function inTime(ask: () => Promise<unknown>, left = 3): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (left === 0 || !(error instanceof InteractionFailed)) throw error;
    await inTime(ask, left - 1);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
