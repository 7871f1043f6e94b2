/**
 * What a million revoked certificates cost at each kind of edge, side by side with nginx and a CRL of the same list: full
 * mutual handshakes, the time of the edge's own processes for each of them, memory, the time until everything is in force,
 * and the time from a change of the list to the first answer that follows it. And, through everything that a team has,
 * the time from the approval of a revocation to the first 403.
 *
 *     npm run bench:edges [-- handshakes [KIND ...] | approvals [RUNS [REVOKED]]]
 */
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { makeBreathe } from '../core/breathe.ts';
import { buildSet, hasSerial, packSerials } from '../core/snapshot/serial-set.ts';
import { A, makeWorld, type World } from '../test/support/conformance-world.ts';
import { askEdge, type EdgeAddress } from '../test/support/edge-client.ts';
import { makeEnforcing } from '../test/support/enforcing.ts';
import { startGateway } from '../test/support/gateway-rig.ts';
import { startHaproxy, startNginx } from '../test/support/proxy-rig.ts';
import { freePort, untilFile, withChildren } from '../test/support/real-edges.ts';
import { ACCOUNT, startStack } from '../test/support/stack.ts';
import { tools } from '../test/support/tools.ts';
import { fillRevoked } from './feed/fill.ts';

const SECONDS = 5;
const CLIENTS = 2;
const CONNECTIONS = 8;
const RUNS = 200;
const MILLION = 1_000_000;
const KINDS = ['gateway', 'nginx', 'haproxy', 'nginx with ssl_crl'] as const;
type Kind = (typeof KINDS)[number];

type Identity = { certificate: string; key: string };
type Ready = EdgeAddress & Identity & { pids: number[]; startedMs: number; changedMs: number[] };
type Done = { count: number; failed: number };

async function measureHandshakes(kinds: readonly Kind[]): Promise<void> {
  console.log(
    '| edge | revoked | handshakes/s | CPU ms each | memory, MB | in force after, s | change to answer, ms p50 / p99 | failed |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const kind of kinds) {
    for (const revoked of [0, MILLION]) {
      const edge = start('edge', kind, String(revoked));
      const [ready] = (await once(edge, 'message')) as [Ready];
      const before = cpuOf(ready.pids);
      const clients = Array.from({ length: CLIENTS }, () => start('client'));
      const done = await Promise.all(
        clients.map(async (client) => {
          client.send(ready);
          const [result] = (await once(client, 'message')) as [Done];
          client.kill();
          return result;
        }),
      );
      const cpu = cpuOf(ready.pids) - before;
      const count = sum(done.map((one) => one.count));
      const cells = [
        kind,
        revoked.toLocaleString('en'),
        Math.round(count / SECONDS),
        ((cpu * 1_000) / count).toFixed(2),
        Math.round(sum(ready.pids.map(rssMbOf))),
        (ready.startedMs / 1_000).toFixed(1),
        ready.changedMs.length > 0 ? `${quantile(ready.changedMs, 0.5)} / ${quantile(ready.changedMs, 0.99)}` : '-',
        sum(done.map(({ failed }) => failed)),
      ];
      console.log(`| ${cells.join(' | ')} |`);
      edge.send('stop');
      await once(edge, 'exit');
    }
  }
}

/** utime and stime, in seconds: what else runs on the machine is not in it. */
function cpuOf(pids: readonly number[]): number {
  return sum(
    pids.map((pid) => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    }),
  );
}

function rssMbOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

function quantile(numbers: readonly number[], q: number): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN).toFixed(0);
}

function start(...args: string[]): ChildProcess {
  return fork(fileURLToPath(import.meta.url), args, { execArgv: ['--import', 'tsx'], stdio: 'inherit' });
}

async function runEdge(kind: Kind, revoked: number): Promise<void> {
  const world = await makeWorld();
  const serials = Array.from({ length: revoked }, () =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(16)))
      .toString('hex')
      .replace(/^./, '4'),
  );
  const from = performance.now();
  const edge = await startKind[kind](world, serials);
  // All its processes are there once it has answered.
  await askEdge(edge.address, { sni: A, client: world.clients.good });
  const startedMs = performance.now() - from;
  const changedMs: number[] = [];
  for (let run = 0; edge.change && run < RUNS; run++) {
    const isRevoked = run % 2 === 0;
    const begun = performance.now();
    await edge.change(world.made.goodToo.serial, isRevoked);
    for (;;) {
      const answer = await askEdge(edge.address, { sni: A, client: world.clients.goodToo });
      if ('status' in answer && answer.status === (isRevoked ? 403 : 200)) break;
    }
    changedMs.push(performance.now() - begun);
  }
  process.send?.({ ...edge.address, ...world.clients.good, pids: edge.pids(), startedMs, changedMs } satisfies Ready);
  await once(process, 'message');
  await edge.stop();
  await world[Symbol.asyncDispose]();
  process.exit(0);
}

type Started = {
  address: EdgeAddress;
  pids(): number[];
  change?(serial: string, revoked: boolean): Promise<void>;
  stop(): Promise<void>;
};

const startKind: Record<Kind, (world: World, serials: string[]) => Promise<Started>> = {
  async gateway(world, serials) {
    const set = await buildSet([packSerials(serials)], makeBreathe());
    const besides = new Set<string>();
    const isRevoked = (authority: string, serial: string) =>
      authority === 'a' && (besides.has(serial) || hasSerial(set, serial));
    const edge = await startGateway(world, { enforced: world.enforced({ isRevoked }) });
    return {
      address: { host: edge.host, port: edge.port, ca: edge.ca },
      pids: () => [process.pid],
      async change(serial, revoked) {
        if (revoked) besides.add(serial);
        else besides.delete(serial);
        await edge.apply(world.enforced({ isRevoked }));
      },
      stop: () => edge[Symbol.asyncDispose](),
    };
  },
  nginx: (world, serials) => startDriven(world, serials, startNginx),
  haproxy: (world, serials) => startDriven(world, serials, startHaproxy),
  async 'nginx with ssl_crl'(world, serials) {
    const port = await freePort();
    const folder = join(world.folder, 'crl');
    mkdirSync(folder);
    const crl = makeCrl(world, folder, serials);
    writeFileSync(join(folder, 'bundle.pem'), world.roots.a.pem);
    const host = world.hosts[0] as World['hosts'][number];
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${join(folder, name)};`,
    );
    writeFileSync(
      join(folder, 'nginx.conf'),
      `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
       http { access_log off; ${temporary.join(' ')}
         server { listen 127.0.0.1:${port} ssl; server_name ${A}; ssl_certificate ${host.certificate};
           ssl_certificate_key ${host.key}; ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets off; ssl_session_cache off;
           ssl_client_certificate ${folder}/bundle.pem; ssl_crl ${crl}; ssl_verify_client on;
           location / { proxy_pass ${host.origin}; } } }`,
    );
    const child = spawn(tools.nginx as string, ['-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
    untilFile(join(folder, 'pid'));
    return {
      address: { host: '127.0.0.1', port, ca: world.serverAuthority.pem },
      pids: () => withChildren(child.pid as number),
      async stop() {
        const ended = once(child, 'exit');
        child.kill();
        await ended;
      },
    };
  },
};

async function startDriven(
  world: World,
  serials: string[],
  startProxy: typeof startNginx | typeof startHaproxy,
): Promise<Started> {
  const edge = await startProxy(world);
  for (const serial of serials) edge.alsoRevoked.push(serial);
  // Without a certificate that is blocked, so that nginx decides by itself.
  const enforced = world.enforced();
  await edge.apply({ ...enforced, policy: { ...enforced.policy, blockedFingerprints: [] } });
  return {
    address: { host: edge.host, port: edge.port, ca: edge.ca },
    pids: edge.pids,
    change: (serial, revoked) => edge.driver.change([{ authorityId: 'a', serial, revoked }], () => []),
    stop: () => edge[Symbol.asyncDispose](),
  };
}

/** By `openssl ca`, from its own kind of database. */
function makeCrl(world: World, folder: string, serials: readonly string[]): string {
  const at = (name: string) => join(folder, name);
  const lines = serials.map((serial) => `R\t491231235959Z\t250101000000Z\t${serial.toUpperCase()}\tunknown\t/CN=x\n`);
  writeFileSync(at('index.txt'), lines.join(''));
  writeFileSync(at('crlnumber'), '01\n');
  writeFileSync(at('ca.pem'), world.roots.a.pem);
  writeFileSync(at('ca.key'), world.roots.a.keyPem);
  writeFileSync(
    at('ca.cnf'),
    `[ca]\ndefault_ca=a\n[a]\ndatabase=${at('index.txt')}\ncrlnumber=${at('crlnumber')}\ndefault_md=sha256\ndefault_crl_days=7\n`,
  );
  const args = ['ca', '-gencrl', '-config', at('ca.cnf'), '-cert', at('ca.pem'), '-keyfile', at('ca.key')];
  execFileSync(tools.openssl as string, [...args, '-out', at('crl.pem')], { stdio: 'pipe' });
  return at('crl.pem');
}

/** In TLS 1.3 the client is done before the server has seen its certificate: only an answer proves the handshake. */
async function runClient(given: Ready): Promise<void> {
  const until = performance.now() + SECONDS * 1_000;
  let count = 0;
  let failed = 0;
  const options = { host: given.host, port: given.port, servername: A, ca: given.ca };
  const handshake = () =>
    new Promise<boolean>((resolve) => {
      const socket = connectTls({ ...options, cert: given.certificate, key: given.key }, () => {
        socket.write(`HEAD / HTTP/1.1\r\nhost: ${A}\r\nconnection: close\r\n\r\n`);
      });
      socket.once('data', (chunk) => {
        resolve(String(chunk).startsWith('HTTP/1.1 200'));
        socket.destroy();
      });
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
    });
  const loop = async () => {
    while (performance.now() < until) {
      if (await handshake()) count += 1;
      else failed += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, loop));
  process.send?.({ count, failed } satisfies Done);
}

/** Every certificate is issued, and its revocation asked for, before its approval is measured. */
async function measureApprovals(runs: number, revoked: number): Promise<void> {
  await using stack = await startStack({ api: true, env: { LOG_LEVEL: 'info' } });
  await stack.setUp();
  await using enforcing = await makeEnforcing(stack);
  // With it the authority is made.
  await enforcing.issue('bench-000');
  if (revoked > 0) {
    const [authority] = await stack.store.authorities(ACCOUNT);
    if (!authority) throw new Error('there is no authority');
    const parts = ['bot', 'worker', 'api'] as const;
    await Promise.all(parts.map((part) => stack.stop(part)));
    await once(start('fill', stack.databasePath, authority.id, String(revoked)), 'exit');
    await Promise.all(parts.map((part) => stack.start(part)));
  }
  for (const kind of ['gateway', 'nginx', 'haproxy'] as const) await enforcing.addEdge(kind);
  await enforcing.bind();
  await enforcing.guard();
  await enforcing.untilAll(403, undefined, 120_000);
  const after = { gateway: [] as number[], nginx: [] as number[], haproxy: [] as number[] };
  for (let run = 1; run <= runs; run++) {
    const name = `bench-${String(run).padStart(3, '0')}`;
    const client = await enforcing.issue(name);
    const card = await enforcing.askToRevoke(name);
    await enforcing.untilAll(200, client);
    const from = performance.now();
    const clicked = stack.bob.click(card, 'Approve').then(() => performance.now() - from);
    const seen = await enforcing.untilAll(403, client);
    await clicked;
    for (const [kind, ms] of seen) after[kind].push(ms);
  }
  console.log(
    `\n| from Approve to the first 403, ${runs} runs, ${revoked.toLocaleString('en')} revoked before | p50, ms | p95 | p99 | most |`,
  );
  console.log('| --- | --- | --- | --- | --- |');
  for (const [kind, ms] of Object.entries(after)) {
    console.log(
      `| ${kind} | ${quantile(ms, 0.5)} | ${quantile(ms, 0.95)} | ${quantile(ms, 0.99)} | ${quantile(ms, 1)} |`,
    );
  }
}

const [role, ...words] = process.argv.slice(2);
if (role === 'edge') await runEdge(words[0] as Kind, Number(words[1]));
else if (role === 'fill') {
  const [path = '', authorityId = '', count] = words;
  fillRevoked(path, { accountId: ACCOUNT, authorityId, count: Number(count) });
} else if (role === 'client') process.once('message', (given: Ready) => void runClient(given));
else {
  if (role !== 'approvals') await measureHandshakes(KINDS.filter((kind) => words.length === 0 || words.includes(kind)));
  if (role !== 'handshakes') await measureApprovals(Number(words[0] ?? RUNS), Number(words[1] ?? 0));
}
