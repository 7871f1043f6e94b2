import { type ChildProcess, spawn } from 'node:child_process';
import { createPrivateKey, randomBytes } from 'node:crypto';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { toPem } from '../core/ca/certificate.ts';
import { unseal } from '../core/seal.ts';
import { insert } from '../core/store/plan.ts';
import type { OcspResponder } from '../core/store/rows.ts';
import { apiEnvironment } from '../test/support/api-env.ts';
import { startApiRig } from '../test/support/api-rig.ts';
import { certIdFor, ocspRequest } from '../test/support/ocsp-request.ts';
import { aCertificate } from '../test/support/rows.ts';
import { tools } from '../test/support/tools.ts';
import { ask, type Load, type Measured } from './ocsp/load.ts';

/**
 * OCSP answers a second, by POST: this api (a process of its own, as in production) beside `openssl ocsp -port` with
 * the same authority, the same responder key, the same certificates and the same load generator, in one run.
 *
 *     npm run bench:ocsp
 */
const CERTIFICATES = 2_000;
const SECONDS = 3;
const CLIENTS = 16;

type Server = { child: ChildProcess; port: number };

const rig = await startApiRig();
const children: ChildProcess[] = [];
const end = () => {
  for (const child of children) child.kill('SIGKILL');
};
process.once('exit', end);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)} at the start`,
  );
  const serials = await fill();
  const ours = await startOurs();
  const theirs = await startOpenssl(serials);

  const certIds = serials.map((serial) => certIdFor(rig.authority.facts, serial));
  const plain = certIds.map((certId) => ocspRequest([certId]));
  let next = 0;
  const inTurn = (requests: readonly Uint8Array[]) => () => requests[next++ % requests.length] as Uint8Array;
  const nonced = () => ocspRequest([certIds[next++ % certIds.length] as Uint8Array], randomBytes(32));
  const path = `/ocsp/${rig.authority.row.id}`;
  const few = plain.slice(0, 500);

  const rows: [string, Measured & { perCpuSecond: number }][] = [];
  const measure = async (name: string, server: Server, load: Omit<Load, 'port' | 'clients'>) => {
    const cpuBefore = cpuSeconds(server.child);
    const measured = await ask({ ...load, port: server.port, clients: CLIENTS });
    const perCpuSecond = measured.answers / (cpuSeconds(server.child) - cpuBefore);
    console.error(`${name}: ${Math.round(measured.perSecond)}/s`);
    rows.push([name, { ...measured, perCpuSecond }]);
  };
  const each = { path, keepAlive: false };
  await ask({ ...each, port: ours.port, clients: CLIENTS, until: { seconds: 2 }, request: nonced });
  // Nothing of it can have been kept; the second time round everything is.
  await measure('each certificate for the first time', ours, {
    ...each,
    until: { times: CERTIFICATES },
    request: inTurn(plain),
  });
  for (const keepAlive of [false, true]) {
    const way = { path, keepAlive, until: { seconds: SECONDS } };
    const suffix = keepAlive ? ', connections kept' : '';
    await measure(`kept answers${suffix}`, ours, { ...way, request: inTurn(few) });
    await measure(`with a nonce${suffix}`, ours, { ...way, request: nonced });
  }
  const way = { path: '/', keepAlive: false, until: { seconds: SECONDS } };
  await ask({ ...way, port: theirs.port, clients: CLIENTS, until: { seconds: 1 }, request: nonced });
  await measure('openssl ocsp', theirs, { ...way, request: inTurn(few) });
  await measure('openssl ocsp, with a nonce', theirs, { ...way, request: nonced });
  const heads = ['answers/s', 'per CPU s', 'p50 ms', 'p99 ms', 'failed'];
  console.log(`\n${''.padEnd(44)}${heads.map((head) => head.padStart(12)).join('')}`);
  for (const [name, { perSecond, perCpuSecond, p50Ms, p99Ms, failed }] of rows) {
    const rates = [perSecond, perCpuSecond].map((rate) => Math.round(rate).toLocaleString('en'));
    const cells = [...rates, p50Ms.toFixed(1), p99Ms.toFixed(1), String(failed)];
    console.log(`${name.padEnd(44)}${cells.map((cell) => cell.padStart(12)).join('')}`);
  }
  if (rows.some(([, { failed }]) => failed > 0)) process.exitCode = 1;
} finally {
  end();
  await rig[Symbol.asyncDispose]();
}

/** Rows as issuing leaves them; every tenth is revoked. */
async function fill(): Promise<string[]> {
  const serials: string[] = [];
  const authorityId = rig.authority.row.id;
  for (let i = 0; i < CERTIFICATES; ) {
    const plan = Array.from({ length: 500 }, () => {
      const serial = `4${randomBytes(16).toString('hex').slice(1)}`;
      serials.push(serial);
      const revoked = i++ % 10 === 0;
      const state = revoked ? ('revoked' as const) : ('active' as const);
      const at = revoked ? rig.clock.now() : null;
      const requestId = `r${i}`;
      return insert('certificates', aCertificate({ authorityId, serial, state, revokedAt: at, requestId }));
    });
    await rig.store.commit(plan);
  }
  await rig.keepResponders();
  return serials;
}

async function startOurs(): Promise<Server> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    NODE_ENV: 'production',
    DATABASE_URL: `file:${rig.store.path}`,
    ...apiEnvironment(rig.keys),
  };
  // The access log goes to a file, as it does in production.
  const log = join(rig.folder, 'api.log');
  const file = openSync(log, 'w');
  const args = ['--import', 'tsx', 'api/main.ts'];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', file, file] });
  children.push(child);
  const port = await until('the api', () => {
    const ready = /.*"msg":"ready".*/.exec(readFileSync(log, 'utf8'))?.[0];
    return ready === undefined ? undefined : (JSON.parse(ready) as { port: number }).port;
  });
  return { child, port };
}

/** `openssl ocsp` with the responder that this installation made for itself. */
async function startOpenssl(serials: readonly string[]): Promise<Server> {
  const responder = (await rig.store.ocspResponder(rig.authority.row.id, rig.clock.now())) as OcspResponder;
  const context = { purpose: 'ocsp', accountId: responder.accountId, rowId: responder.id } as const;
  const key = createPrivateKey({ key: unseal(rig.keys, context, responder.sealedKey), format: 'der', type: 'pkcs8' });
  const file = (name: string, text: string) => {
    const path = join(rig.folder, name);
    writeFileSync(path, text);
    return path;
  };
  const index = serials.map(
    (serial, i) =>
      `${i % 10 === 0 ? 'R\t360101000000Z\t251101000000Z' : 'V\t360101000000Z\t'}\t${serial.toUpperCase()}\tunknown\t/CN=${i}\n`,
  );
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const args = [
    ...[
      'ocsp',
      '-port',
      String(port),
      '-nmin',
      '60',
      '-CA',
      rig.authorityFile,
      '-index',
      file('index.txt', index.join('')),
    ],
    ...['-rsigner', file('responder.pem', toPem(responder.certificate, 'CERTIFICATE'))],
    ...['-rkey', file('responder.key', key.export({ format: 'pem', type: 'pkcs8' }).toString())],
  ];
  const log = join(rig.folder, 'openssl.log');
  const out = openSync(log, 'w');
  const child = spawn(tools.openssl as string, args, { stdio: ['ignore', out, out] });
  children.push(child);
  // Not by connecting to it: a connection without a request makes it turn in a circle for ever.
  await until('openssl ocsp', () => (readFileSync(log, 'utf8').includes('waiting for') ? true : undefined));
  return { child, port };
}

async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not start`);
}

/** What a server has used so far; NaN where there is no /proc. */
function cpuSeconds({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}
