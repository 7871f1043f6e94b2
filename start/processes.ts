import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ProcessSpec } from './child.ts';
import type { Environments, OurProcess } from './environments.ts';
import type { Command } from './guard.ts';
import { answers, type RedisPlan } from './redis/private.ts';

/**
 * What runs, in the order it starts. It stops in the opposite order: nothing new is taken in first (edge, bot, api), then
 * what is under way is finished (worker), and what both need goes last.
 */
export function listProcesses(options: {
  environments: Environments;
  redis: RedisPlan | undefined;
  sandboxUrl: string | undefined;
  botUrl: string;
  apiUrl: string;
  /** Whether there is something for the gateway to serve. */
  edge: boolean;
}): ProcessSpec[] {
  const { environments, redis, sandboxUrl, botUrl, apiUrl, edge } = options;
  const of = (name: OurProcess, ready: ProcessSpec['ready']): ProcessSpec => {
    return { name, command: commandOf(name), env: environments[name], ready };
  };
  return [
    ...(redis ? [redisProcess(redis)] : []),
    ...(sandboxUrl ? [{ ...of('sandbox', () => answersOk(`${sandboxUrl}/healthz`)), needed: true }] : []),
    of('worker', 'line'),
    of('api', () => answersOk(`${apiUrl}/readyz`)),
    ...(edge && !sandboxUrl ? [of('edge', 'line')] : []),
    {
      ...of('bot', async () => {
        return (await answersOk(`${botUrl}/healthz`)) && (!sandboxUrl || answersOk(`${sandboxUrl}/readyz`));
      }),
      needed: sandboxUrl !== undefined,
    },
    // The sandbox's first start makes the account that lets the gateway in. Elsewhere a gateway waits for nobody.
    ...(edge && sandboxUrl ? [of('edge', 'line')] : []),
  ];
}

function redisProcess(redis: RedisPlan): ProcessSpec {
  const { PATH, TZ } = process.env;
  const env = { ...(PATH ? { PATH } : {}), ...(TZ ? { TZ } : {}) };
  return { name: 'redis', command: redis.command, env, ready: () => answers(redis.socket), needed: true, quiet: true };
}

/** The same kind of file as this one: TypeScript through tsx in a checkout, JavaScript in what was built. */
function commandOf(name: OurProcess): Command {
  const built = import.meta.url.endsWith('.js');
  const main = fileURLToPath(new URL(`../${name}/main.${built ? 'js' : 'ts'}`, import.meta.url));
  return { file: process.execPath, args: built ? [main] : ['--import', tsxUrl(), main] };
}

function tsxUrl(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}

async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return response.status === 200;
}
