import { randomBytes } from 'node:crypto';
import { loadConfig } from '../core/config/config.ts';
import { readEnvironment } from '../core/config/env.ts';
import { asCountersignError } from '../core/errors.ts';
import { announce } from './announcement.ts';
import { BAD_CONFIGURATION } from './child.ts';
import { dataDirOf, openDataDir } from './data-dir.ts';
import {
  buildEnvironments,
  type Environments,
  type Installation,
  reachableHost,
  SANDBOX_HOST,
} from './environments.ts';
import { findRedisServer, THREE_WAYS } from './install/redis.mjs';
import { obtainMasterKey } from './master-key.ts';
import { decideMode, type Mode } from './mode.ts';
import { resolvePorts } from './ports.ts';
import { wantsColour } from './print.ts';
import { listProcesses } from './processes.ts';
import { planRedis, prepareRedis, type RedisPlan } from './redis/private.ts';
import { obtainSandboxIdentity } from './sandbox-identity.ts';
import { supervise } from './supervisor.ts';

/** Something to put right before a start makes sense; one sentence each. */
class ProblemsError extends Error {
  constructor(problems: readonly string[]) {
    super(['The configuration has problems:', ...problems.map((problem) => `  - ${problem}`)].join('\n'));
  }
}

/**
 * Everything in one terminal, until a signal.
 * @returns the exit code
 */
export async function runStart(sandboxAsked: boolean): Promise<number> {
  try {
    const plan = await prepare(sandboxAsked);
    return await supervise({
      processes: plan.processes,
      announcement: plan.announcement,
      write: (text) => process.stdout.write(text),
      colour: wantsColour(process.stdout, process.env),
    });
  } catch (error) {
    console.error(`\n${(error as Error).message}`);
    return BAD_CONFIGURATION;
  }
}

/** Looks at everything that can be looked at before anything runs, so that one start tells all there is to put right. */
async function prepare(sandboxAsked: boolean) {
  const { env, problems } = readEnvironment();
  const { mode, problems: modeProblems } = decideMode(env, sandboxAsked);
  const built = import.meta.url.endsWith('.js');
  const noSandbox =
    'SLACK_BOT_TOKEN: is missing, and the sandbox is not part of what was built. Run npm start in a checkout.';
  refuse([...problems, ...modeProblems, ...(built && mode === 'sandbox' ? [noSandbox] : [])]);

  const dataDir = dataDirOf(mode, env['DATA_DIR'] ?? '.data');
  openDataDir(dataDir, mode);
  const redis = env['REDIS_URL'] ? undefined : planPrivateRedis(dataDir, env['COUNTERSIGN_REDIS_SERVER']);
  const draft: Installation = {
    mode,
    env,
    dataDir,
    redisUrl: redis?.url ?? env['REDIS_URL'] ?? '',
    masterKey: obtainMasterKey({
      given: mode === 'slack' ? env['COUNTERSIGN_MASTER_KEY'] : undefined,
      dataDir,
      production: env['NODE_ENV'] === 'production',
    }),
    port: Number(env['PORT'] ?? 3000),
    apiPort: Number(env['API_PORT'] ?? 8080),
    edgePort: Number(env['EDGE_PORT'] ?? 8443),
    sandboxPort: Number(env['SANDBOX_PORT'] ?? 3100),
    sandbox: mode === 'sandbox' ? obtainSandboxIdentity(dataDir) : undefined,
    pageToken: randomBytes(16).toString('hex'),
  };
  const host = checkConfigurations(mode, buildEnvironments(draft), servesEdge(draft));
  const installation = await withPorts(draft, host);
  if (redis) await prepareRedis(dataDir, redis.socket);

  const { port, apiPort, sandboxPort, pageToken } = installation;
  const sandboxUrl = `http://${SANDBOX_HOST}:${sandboxPort}`;
  const edge = servesEdge(installation);
  const processes = listProcesses({
    edge,
    environments: buildEnvironments(installation),
    redis,
    sandboxUrl: mode === 'sandbox' ? sandboxUrl : undefined,
    botUrl: `http://${reachableHost(host)}:${port}`,
    apiUrl: `http://${reachableHost(host)}:${apiPort}`,
  });
  return { processes, announcement: announce(mode, `${sandboxUrl}/?token=${pageToken}`, installation.edgePort) };
}

/** The sandbox has a demo; elsewhere there is a gateway when there is an `edge.json`. */
function servesEdge({ mode, env }: Installation): boolean {
  return mode === 'sandbox' || env['EDGE_CONFIG'] !== undefined;
}

function planPrivateRedis(dataDir: string, given: string | undefined): RedisPlan {
  const serverPath = given ?? findRedisServer('.cache');
  if (serverPath === undefined) throw new Error(THREE_WAYS);
  return planRedis(dataDir, serverPath);
}

/** Each process' own check, before any of them runs. @returns the host the bot listens on */
function checkConfigurations(mode: Mode, environments: Environments, edge: boolean): string {
  const problems: string[] = [];
  let host = '127.0.0.1';
  const ours = edge ? (['worker', 'api', 'edge', 'bot'] as const) : (['worker', 'api', 'bot'] as const);
  for (const name of mode === 'sandbox' ? (['sandbox', ...ours] as const) : ours) {
    try {
      const { config } = loadConfig(name, environments[name]);
      if (name === 'bot') host = config.host;
    } catch (error) {
      const lines = asCountersignError(error).userMessage.split('\n');
      problems.push(...lines.filter((line) => line.startsWith('  - ')).map((line) => line.slice(4)));
    }
  }
  refuse(problems);
  return host;
}

async function withPorts(draft: Installation, host: string): Promise<Installation> {
  const wishes = [
    { variable: 'PORT', host, port: draft.port },
    { variable: 'API_PORT', host, port: draft.apiPort },
  ];
  if (draft.mode === 'sandbox') wishes.push({ variable: 'SANDBOX_PORT', host: SANDBOX_HOST, port: draft.sandboxPort });
  const edgeHost = draft.mode === 'sandbox' ? SANDBOX_HOST : host;
  if (servesEdge(draft)) wishes.push({ variable: 'EDGE_PORT', host: edgeHost, port: draft.edgePort });
  const { ports, problems } = await resolvePorts(wishes);
  refuse(problems);
  const portOf = (variable: string, fallback: number) =>
    ports[wishes.findIndex((wish) => wish.variable === variable)] ?? fallback;
  return {
    ...draft,
    port: portOf('PORT', draft.port),
    apiPort: portOf('API_PORT', draft.apiPort),
    edgePort: portOf('EDGE_PORT', draft.edgePort),
    sandboxPort: portOf('SANDBOX_PORT', draft.sandboxPort),
  };
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new ProblemsError([...new Set(problems)]);
}
