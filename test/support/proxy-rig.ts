import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
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
import type { ConformanceEdge } from './conformance.ts';
import type { World } from './conformance-world.ts';
import { tools } from './tools.ts';

export type ProxyRig = ConformanceEdge & {
  /** What the agent has said is wrong, by topic. */
  problems: Map<string, string>;
  driver: Driver;
  /** The program, to be stopped and started. */
  child: ChildProcess;
  folder: string;
  /** Serials of the authority `a` that are revoked besides, from the next `apply` on. */
  alsoRevoked: string[];
  stopAgent(): Promise<void>;
};

/** A stock nginx with its agent, on a free port of the loopback. */
export async function startNginx(world: World, options: { workers?: number } = {}): Promise<ProxyRig> {
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
http { access_log off; ${paths.join(' ')} include ${folder}/countersign*.conf; }`,
  );
  const nginx = tools.nginx as string;
  const driver = makeNginxDriver({
    folder,
    listen: `127.0.0.1:${port}`,
    test: [nginx, '-t', '-q', '-c', conf],
    reload: [nginx, '-s', 'reload', '-c', conf],
    oldWorkersMs: 6_000,
    logger: silentLogger,
  });
  const child = spawn(nginx, ['-c', conf], { stdio: 'ignore' });
  await untilFile(join(world.folder, 'nginx.pid'));
  return startRig(world, { driver, folder, port, child, seesFingerprints: false });
}

/** A stock HAProxy with its agent, on a free port of the loopback. */
export async function startHaproxy(world: World): Promise<ProxyRig> {
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
  const child = spawn(haproxy, ['-W', ...files], { stdio: 'ignore' });
  await untilFile(join(world.folder, 'own.sock'));
  const driver = makeHaproxyDriver({
    folder,
    bind: `127.0.0.1:${port}`,
    test: [haproxy, '-c', ...files],
    reload: ['kill', '-USR2', String(child.pid)],
  });
  return startRig(world, { driver, folder, port, child, seesFingerprints: true });
}

async function startRig(
  world: World,
  proxy: { driver: Driver; folder: string; port: number; child: ChildProcess; seesFingerprints: boolean },
): Promise<ProxyRig> {
  const problems = new Map<string, string>();
  let take: FeedListener | undefined;
  let last: EnforcedLists | undefined;
  const alsoRevoked: string[] = [];
  const agent = await startAgent({
    feed: {
      current: () => undefined,
      onChange: (listener) => {
        take = listener;
        return () => undefined;
      },
      report: () => undefined,
      tryAgain: () => undefined,
      setProblem: (topic, sentence) =>
        void (sentence === undefined ? problems.delete(topic) : problems.set(topic, sentence)),
    },
    driver: proxy.driver,
    hosts: world.hosts.map(({ hostname, certificate, key, origin }) => {
      return { hostname, certificateFile: certificate, keyFile: key, origin };
    }),
    seesFingerprints: proxy.seesFingerprints,
    decideSocket: join(proxy.folder, 'decide.sock'),
    clock: systemClock,
    logger: silentLogger,
  });
  return {
    host: '127.0.0.1',
    port: proxy.port,
    ca: world.serverAuthority.pem,
    problems,
    driver: proxy.driver,
    child: proxy.child,
    folder: proxy.folder,
    alsoRevoked,
    stopAgent: () => agent.stop(),
    async apply(enforced) {
      const next = await withLists(world, enforced, alsoRevoked);
      // As the feed does: the same policy is the same object.
      const same = last !== undefined && JSON.stringify(last.policy) === JSON.stringify(next.policy);
      last = same ? { ...next, policy: (last as EnforcedLists).policy } : next;
      await take?.(last);
    },
    async [Symbol.asyncDispose]() {
      await agent.stop();
      const ended = once(proxy.child, 'exit');
      proxy.child.kill('SIGTERM');
      await ended;
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function untilFile(path: string): Promise<void> {
  execFileSync('sh', ['-c', `for i in $(seq 100); do [ -e "${path}" ] && exit 0; sleep 0.05; done; exit 1`]);
}
