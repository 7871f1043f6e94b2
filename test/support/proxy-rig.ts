import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeBreathe } from '../../core/breathe.ts';
import { systemClock } from '../../core/clock.ts';
import { silentLogger } from '../../core/logger.ts';
import type { Enforced } from '../../core/snapshot/policy.ts';
import { buildSet, packSerials } from '../../core/snapshot/serial-set.ts';
import type { EnforcedLists } from '../../core/snapshot/snapshot.ts';
import type { FeedListener } from '../../edge/feed/feed.ts';
import { makeHaproxyDriver } from '../../edge/haproxy/driver.ts';
import { makeNginxDriver } from '../../edge/nginx/driver.ts';
import { startAgent } from '../../edge/proxy/agent.ts';
import type { Driver } from '../../edge/proxy/driver.ts';
import { readIntermediates } from '../../edge/proxy/intermediates.ts';
import type { ProxyMeans } from '../../edge/proxy/plan-hosts.ts';
import { HAPROXY_SEES, NGINX_SEES } from '../../edge/proxy/start.ts';
import type { ConformanceEdge } from './conformance.ts';
import type { World } from './conformance-world.ts';
import { freePort, untilFile, withChildren } from './real-edges.ts';
import { tools } from './tools.ts';

export type ProxyRig = ConformanceEdge & {
  /** What the agent has said is wrong, by topic. */
  problems: Map<string, string>;
  /** What of the policy it has said that it cannot enforce. */
  inexpressible: readonly string[];
  driver: Driver;
  folder: string;
  /** As long as this file is there, a reload does not come to its end. */
  hang: string;
  /** The proxy's processes. */
  pids(): number[];
  /** Reloads as somebody else does it. */
  reload(): void;
  stopProxy(): Promise<void>;
  startProxy(): Promise<void>;
  /** Serials of the authority `a` that are revoked besides, from the next `apply` on. */
  alsoRevoked: string[];
  stopAgent(): Promise<void>;
  /** Another one, which knows nothing of the one before, and is told by its feed what is to be enforced. */
  startAgent(enforced: Enforced): Promise<void>;
};

/** Nobody else has a part in these tests. */
export const OWN_GROUP = String(process.getgid?.());

/** A stock nginx with its agent, on a free port of the loopback. */
export async function startNginx(
  world: World,
  options: { workers?: number; decide?: 'native' | 'agent'; limits?: ProxyMeans['limits'] } = {},
): Promise<ProxyRig> {
  const folder = join(world.folder, 'nginx');
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  const conf = join(world.folder, 'nginx.conf');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (one) => `${one}_temp_path ${join(world.folder, one)};`,
  );
  writeFileSync(
    conf,
    `user root; daemon off; worker_processes ${options.workers ?? 1}; worker_shutdown_timeout 5s; 
pid ${join(world.folder, 'nginx.pid')}; error_log ${join(world.folder, 'nginx-error.log')};
events { worker_connections 4000; }
http { access_log off; open_file_cache max=1000; open_file_cache_errors on; open_file_cache_valid 60s; ${paths.join(' ')} include ${folder}/countersign*.conf; }`,
  );
  const nginx = tools.nginx as string;
  const reload = ['-s', 'reload', '-c', conf];
  return startRig(world, {
    folder,
    port,
    sight: { sees: NGINX_SEES, decide: options.decide ?? 'native', limits: options.limits },
    intermediates: world.intermediates,
    reload: () => [nginx, ...reload],
    start: async () => {
      const child = spawn(nginx, ['-c', conf], { stdio: 'ignore' });
      untilFile(join(world.folder, 'nginx.pid'));
      return child;
    },
    makeDriver: (slowly) =>
      makeNginxDriver({
        folder,
        listen: `127.0.0.1:${port}`,
        test: options.limits
          ? lacking(world, 'auth_request', folder, [nginx, '-t', '-q', '-c', conf])
          : [nginx, '-t', '-q', '-c', conf],
        reload: slowly,
        oldWorkersMs: 6_000,
        logger: silentLogger,
      }),
  });
}

/** A stock HAProxy with its agent, on a free port of the loopback. */
export async function startHaproxy(
  world: World,
  options: { decide?: 'native' | 'agent'; limits?: ProxyMeans['limits'] } = {},
): Promise<ProxyRig> {
  const folder = join(world.folder, 'haproxy');
  const port = await freePort();
  mkdirSync(join(folder, 'conf'), { recursive: true });
  const own = join(world.folder, 'haproxy.cfg');
  writeFileSync(
    own,
    `global
  hard-stop-after 5s
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend own
  bind unix@${join(world.folder, 'own.sock')}
  http-request return status 200
`,
  );
  const haproxy = tools.haproxy as string;
  const files = ['-f', own, '-f', join(folder, 'conf')];
  const pidFile = join(world.folder, 'haproxy.pid');
  return startRig(world, {
    folder,
    port,
    sight: { sees: HAPROXY_SEES, decide: options.decide ?? 'native', limits: options.limits },
    reload: () => ['sh', '-c', `kill -USR2 "$(cat ${pidFile})"`],
    start: async () => {
      rmSync(join(world.folder, 'own.sock'), { force: true });
      const child = spawn(haproxy, ['-W', ...files], { stdio: 'ignore' });
      writeFileSync(pidFile, String(child.pid));
      untilFile(join(world.folder, 'own.sock'));
      return child;
    },
    makeDriver: (slowly) =>
      makeHaproxyDriver({
        folder,
        bind: `127.0.0.1:${port}`,
        test: options.limits ? lacking(world, 'lua', folder, [haproxy, '-c', ...files]) : [haproxy, '-c', ...files],
        reload: slowly,
        asks: !options.limits,
      }),
  });
}

/** Its test refuses what a proxy that was built without this does not know. */
function lacking(world: World, words: string, folder: string, test: string[]): string[] {
  const script = join(world.folder, `without-${words}.sh`);
  const looked = `grep -rqs --include=countersign.c* ${words} ${folder}/conf ${folder}/countersign.conf`;
  writeFileSync(script, `${looked} && { echo unknown: ${words}; exit 1; }\nexec "$@"\n`);
  return ['sh', script, ...test];
}

type Proxy = {
  folder: string;
  port: number;
  sight: ProxyMeans;
  intermediates?: string;
  reload(): string[];
  start(): Promise<ChildProcess>;
  makeDriver(reload: string[]): Driver;
};

async function startRig(world: World, proxy: Proxy): Promise<ProxyRig> {
  const hang = join(world.folder, 'hang');
  const slowly = join(world.folder, 'reload.sh');
  const quoted = proxy.reload().map((one) => `'${one}'`);
  writeFileSync(slowly, `while [ -e '${hang}' ]; do sleep 0.05; done\nexec ${quoted.join(' ')}\n`);
  const problems = new Map<string, string>();
  const inexpressible: string[] = [];
  const alsoRevoked: string[] = [];
  let child = await proxy.start();
  let take: FeedListener | undefined;
  let last: EnforcedLists | undefined;
  let driver = proxy.makeDriver(['sh', slowly]);
  const begin = (current?: EnforcedLists) =>
    startAgent({
      feed: {
        current: () => current,
        onChange: (listener) => {
          take = listener;
          return () => undefined;
        },
        report: () => undefined,
        setInexpressible: (sentences) => void inexpressible.splice(0, Infinity, ...sentences),
        setProblem: (topic, sentence) =>
          void (sentence === undefined ? problems.delete(topic) : problems.set(topic, sentence)),
      },
      driver,
      hosts: world.hosts.map(({ hostname, certificate, key, origin }) => {
        return { hostname, certificateFile: certificate, keyFile: key, origin };
      }),
      proxy: proxy.sight,
      readIntermediates: async () => (proxy.intermediates ? readIntermediates(proxy.intermediates) : []),
      decideSocket: { path: join(proxy.folder, 'decide.sock'), group: OWN_GROUP },
      clock: systemClock,
      logger: silentLogger,
      backoffMs: { first: 100, most: 400 },
    });
  let agent = await begin();
  const stopProxy = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return {
    host: '127.0.0.1',
    port: proxy.port,
    ca: world.serverAuthority.pem,
    problems,
    inexpressible,
    get driver() {
      return driver;
    },
    folder: proxy.folder,
    hang,
    alsoRevoked,
    pids: () => withChildren(child.pid as number),
    reload: () => {
      const [program = '', ...args] = proxy.reload();
      execFileSync(program, args);
    },
    stopProxy,
    async startProxy() {
      child = await proxy.start();
    },
    stopAgent: () => agent.stop(),
    async startAgent(enforced) {
      driver = proxy.makeDriver(['sh', slowly]);
      last = await withLists(world, enforced, alsoRevoked);
      agent = await begin(last);
    },
    async apply(enforced) {
      const next = await withLists(world, enforced, alsoRevoked);
      // As the feed does: the same policy is the same object.
      const same = last !== undefined && JSON.stringify(last.policy) === JSON.stringify(next.policy);
      last = same ? { ...next, policy: (last as EnforcedLists).policy } : next;
      await take?.(last);
    },
    async [Symbol.asyncDispose]() {
      rmSync(hang, { force: true });
      await agent.stop();
      if (child.exitCode === null && child.signalCode === null) await stopProxy();
    },
  };
}

/** The lists of what `isRevoked` says, of every serial there is in the world. */
async function withLists(world: World, enforced: Enforced, also: readonly string[]): Promise<EnforcedLists> {
  const serials = new Set([...Object.values(world.made), ...world.revokedAlways].map(({ serial }) => serial));
  const sets = new Map();
  for (const { id } of enforced.policy.authorities) {
    const own = [...serials].filter((serial) => enforced.isRevoked(id, serial));
    const all = id === 'a' ? [...own, ...also] : own;
    sets.set(id, await buildSet([packSerials(all)], makeBreathe()));
  }
  return { ...enforced, sets };
}
