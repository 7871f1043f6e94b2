/**
 * The gateway with nobody revoked and with a million: full mutual handshakes each second, requests each second on open
 * connections and memory. The gateway runs in a process of its own,
 * the clients in two others; the origin is in the gateway's process, so the figures are below what it can do alone.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { makeBreathe } from '../core/breathe.ts';
import { silentLogger } from '../core/logger.ts';
import { buildSet, emptySet, hasSerial, packSerials } from '../core/snapshot/serial-set.ts';
import { parseEdgeConfig } from '../edge/gateway/config.ts';
import { makeGateway } from '../edge/gateway/gateway.ts';
import { A, makeWorld } from '../test/support/conformance-world.ts';
import { makeTestSource } from '../test/support/gateway-rig.ts';

const SECONDS = 5;
const CLIENTS = 2;
const CONNECTIONS = 16;
const MILLION = 1_000_000;

type Ready = { port: number; ca: string; certificate: string; key: string; rssMb: number };
type Load = Ready & { kind: 'handshakes' | 'requests' };
type Done = { count: number; failed: number };

const [role] = process.argv.slice(2);
if (role === 'edge') await runEdge(Number(process.argv[3]));
else if (role === 'client') process.once('message', (load: Load) => void runClient(load));
else await measure();

async function measure(): Promise<void> {
  console.log('| revoked | handshakes/s | per CPU second | requests/s | per CPU second | memory, MB | failed |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const revoked of [0, MILLION, 0, MILLION]) {
    const edge = start('edge', String(revoked));
    const [ready] = (await once(edge, 'message')) as [Ready];
    const handshakes = await load(edge, ready, 'handshakes');
    const requests = await load(edge, ready, 'requests');
    const cells = [handshakes, requests].flatMap(({ count, cpu }) => [
      Math.round(count / SECONDS),
      Math.round(count / cpu),
    ]);
    const all = [revoked, ...cells, ready.rssMb, handshakes.failed + requests.failed];
    console.log(`| ${all.map((cell) => cell.toLocaleString('en')).join(' | ')} |`);
    edge.kill();
    await once(edge, 'exit');
  }
}

async function cpuOf(edge: ChildProcess): Promise<number> {
  edge.send('cpu');
  const [seconds] = (await once(edge, 'message')) as [number];
  return seconds;
}

/** `cpu`: seconds of the edge's process, which what else runs on the machine changes little. */
async function load(edge: ChildProcess, ready: Ready, kind: Load['kind']): Promise<Done & { cpu: number }> {
  const before = await cpuOf(edge);
  const clients = Array.from({ length: CLIENTS }, () => start('client'));
  const done = clients.map(async (client) => {
    client.send({ ...ready, kind } satisfies Load);
    const [result] = (await once(client, 'message')) as [Done];
    client.kill();
    return result;
  });
  const all = await Promise.all(done);
  const cpu = (await cpuOf(edge)) - before;
  return { count: sum(all.map(({ count }) => count)), failed: sum(all.map(({ failed }) => failed)), cpu };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function start(...args: string[]): ChildProcess {
  return fork(fileURLToPath(import.meta.url), args, { execArgv: ['--import', 'tsx'], stdio: 'inherit' });
}

/** Sixteen-octet serials, as the managed authority makes them, in the structure that the feed keeps. */
async function runEdge(revoked: number): Promise<void> {
  const world = await makeWorld();
  const runs: Buffer[] = [];
  for (let made = 0; made < revoked; made += 10_000) {
    const serials = Array.from({ length: 10_000 }, () =>
      Buffer.from(crypto.getRandomValues(new Uint8Array(16)))
        .toString('hex')
        .replace(/^./, '4'),
    );
    runs.push(packSerials(serials));
  }
  const set = runs.length > 0 ? await buildSet(runs.splice(0), makeBreathe()) : emptySet;
  const source = makeTestSource(world.enforced({ isRevoked: (_authorityId, serial) => hasSerial(set, serial) }));
  const gateway = makeGateway({
    config: parseEdgeConfig(JSON.stringify({ hosts: world.hosts }), world.folder),
    source: source.source,
    clock: { now: () => new Date() },
    logger: silentLogger,
  });
  const { port } = await gateway.listen('127.0.0.1', 0);
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1e6);
  });
  process.send?.({
    port,
    ca: world.serverAuthority.pem,
    ...world.clients.good,
    rssMb: Math.round(process.memoryUsage.rss() / 1e6),
  } satisfies Ready);
}

async function runClient(given: Load): Promise<void> {
  const until = performance.now() + SECONDS * 1000;
  let count = 0;
  let failed = 0;
  const options = {
    host: '127.0.0.1',
    port: given.port,
    servername: A,
    ca: given.ca,
    cert: given.certificate,
    key: given.key,
  };
  const agent = new Agent({ ...options, keepAlive: true, maxSockets: CONNECTIONS });
  const handshake = () =>
    new Promise<boolean>((resolve) => {
      const socket = connectTls(options, () => {
        // In TLS 1.3 the client is done before the server has seen its certificate: only an answer proves the handshake.
        socket.write(`HEAD / HTTP/1.1\r\nhost: ${A}\r\nconnection: close\r\n\r\n`);
      });
      socket.once('data', (chunk) => {
        resolve(String(chunk).startsWith('HTTP/1.1 200'));
        socket.destroy();
      });
      socket.once('error', () => resolve(false));
    });
  const ask = () =>
    new Promise<boolean>((resolve) => {
      const asked = request({ ...options, agent, path: '/', headers: { host: A } }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode === 200));
      });
      asked.once('error', () => resolve(false)).end();
    });
  const one = given.kind === 'handshakes' ? handshake : ask;
  const loop = async () => {
    while (performance.now() < until) {
      if (await one()) count += 1;
      else failed += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, loop));
  process.send?.({ count, failed } satisfies Done);
}
