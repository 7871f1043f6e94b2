import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { programOf } from './built.ts';
import type { EdgeAddress } from './edge-client.ts';
import { tools } from './tools.ts';

export type EdgeKind = 'gateway' | 'nginx' | 'haproxy';

/** What an edge of its own is told by hand: its hosts, and what `/mtls edge add` has shown. */
export type EdgeOptions = {
  folder: string;
  hosts: readonly { hostname: string; certificate: string; key: string; origin: string }[];
  /** Of the authority of the hosts' certificates. */
  ca: string;
  feed: { url: string; credential: string; pin: string };
  /** An nginx that says it was built without `auth_request`, and takes no configuration with it. */
  isBare?: boolean;
};

export type RealEdge = EdgeAddress & {
  kind: EdgeKind;
  /** Everything that the edge's process has logged. */
  log: string[];
  /** Of all its processes: the edge's, and those of the proxy beside it. */
  pids(): number[];
  /** Ends the edge's process, the proxy beside it, or both, and starts it again, on its port and with what is on its disk. */
  restart(what?: 'all' | 'edge' | 'proxy'): Promise<void>;
  stop(): Promise<void>;
};

/** An edge as it is run: `npm run edge`, and beside it a stock nginx or HAProxy where it is no gateway. */
export async function startRealEdge(kind: EdgeKind, options: EdgeOptions): Promise<RealEdge> {
  const folder = join(options.folder, kind);
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  let proxy = kind === 'gateway' ? undefined : await startProxy[kind](folder, port);
  if (options.isBare && proxy) proxy.section.test = bare(folder, proxy.section.test);
  const credentialFile = join(folder, 'credential');
  writeFileSync(credentialFile, options.feed.credential, { mode: 0o600 });
  const config = join(folder, 'edge.json');
  writeFileSync(
    config,
    JSON.stringify({
      hosts: options.hosts,
      feed: { url: options.feed.url, credentialFile, key: options.feed.pin },
      ...(proxy ? { [kind]: proxy.section } : { listen: { address: '127.0.0.1', port } }),
    }),
  );
  const log: string[] = [];
  let edge = await startProcess(folder, config, log);
  const own = () => [edge, ...(proxy ? [proxy.child] : [])];
  const stop = async (children = own()) => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
  };
  return {
    kind,
    host: '127.0.0.1',
    port,
    ca: options.ca,
    log,
    pids: () => own().flatMap(({ pid }) => withChildren(pid as number)),
    async restart(what = 'all') {
      const withEdge = what !== 'proxy';
      const withProxy = what !== 'edge' && proxy !== undefined;
      await stop([...(withEdge ? [edge] : []), ...(withProxy && proxy ? [proxy.child] : [])]);
      if (withProxy && kind !== 'gateway') {
        for (const name of ['nginx.pid', 'haproxy.pid', 'own.sock']) rmSync(join(folder, name), { force: true });
        proxy = await startProxy[kind](folder, port);
      }
      if (withEdge) edge = await startProcess(folder, config, log);
    },
    stop: () => stop(),
  };
}

async function startProcess(folder: string, config: string, log: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, programOf('edge'), {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'test',
      DATA_DIR: join(folder, 'data'),
      EDGE_CONFIG: config,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.on('data', (chunk) => log.push(String(chunk)));
  const lines = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      log.push(line);
      if (line.includes('"msg":"ready"')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`the edge ended with ${code}\n${log.slice(-5).join('\n')}`)));
  });
  return child;
}

const startProxy = {
  async nginx(folder: string, port: number) {
    const own = join(folder, 'own');
    mkdirSync(own, { recursive: true });
    const conf = join(folder, 'nginx.conf');
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `  ${name}_temp_path ${join(folder, name)};`,
    );
    writeFileSync(
      conf,
      [
        `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; worker_processes 1; worker_shutdown_timeout 60s;`,
        `pid ${folder}/nginx.pid; error_log ${folder}/error.log;`,
        'events { worker_connections 4000; }',
        'http {',
        '  access_log off;',
        ...temporary,
        `  include ${own}/countersign*.conf;`,
        '}',
      ].join('\n'),
    );
    const nginx = tools.nginx as string;
    const child = spawn(nginx, ['-c', conf], { stdio: 'ignore' });
    untilFile(join(folder, 'nginx.pid'));
    const section = {
      folder: own,
      listen: `127.0.0.1:${port}`,
      test: [nginx, '-t', '-q', '-c', conf],
      reload: [nginx, '-s', 'reload', '-c', conf],
    };
    return { child, section };
  },

  async haproxy(folder: string, port: number) {
    const own = join(folder, 'own');
    mkdirSync(join(own, 'conf'), { recursive: true });
    const cfg = join(folder, 'haproxy.cfg');
    writeFileSync(
      cfg,
      [
        'global',
        '  hard-stop-after 60s',
        '  maxconn 4000',
        'frontend own',
        '  mode http',
        `  bind unix@${folder}/own.sock`,
        '  timeout client 5s',
        '  http-request return status 200',
        '',
      ].join('\n'),
    );
    const haproxy = tools.haproxy as string;
    const files = ['-f', cfg, '-f', join(own, 'conf')];
    const pid = join(folder, 'haproxy.pid');
    const child = spawn(haproxy, ['-W', '-p', pid, ...files], { stdio: 'ignore' });
    untilFile(join(folder, 'own.sock'));
    const section = {
      folder: own,
      bind: `127.0.0.1:${port}`,
      test: [haproxy, '-c', '-q', ...files],
      // The master's own: with -W the file names the master, and a master that is started anew writes its own.
      reload: ['sh', '-c', `kill -USR2 $(cat ${pid})`],
    };
    return { child, section };
  },
};

function bare(folder: string, test: readonly string[]): string[] {
  const script = join(folder, 'bare.sh');
  const says = `"$@" 2>&1 | sed s/--with-http_auth_request_module//`;
  writeFileSync(
    script,
    `case " $* " in *" -V "*) ${says}; exit 0;; esac\ngrep -qs auth_request ${folder}/own/countersign.conf && exit 1\nexec "$@"\n`,
  );
  return ['sh', script, ...test];
}

/** The process and those that it has started. */
export function withChildren(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [pid, ...(children === '' ? [] : children.split(' ').flatMap((child) => withChildren(Number(child))))];
  } catch {
    return [];
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export function untilFile(path: string): void {
  execFileSync('sh', ['-c', `for i in $(seq 200); do [ -e "${path}" ] && exit 0; sleep 0.05; done; exit 1`]);
}
