/**
 * What edges do while everything else is away: bot, worker, api and Redis stopped and the database moved, for as long as
 * it is said. Each edge is asked all the time with a good certificate, a revoked one, none, and one that ends half-way,
 * on new connections and on kept ones. In between, each edge's process is started anew, then its proxy, then both. Then
 * all comes back, and a revocation is approved.
 *
 *     npm run bench:outage [-- MINUTES]
 */
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import Database from 'better-sqlite3';
import { askOn, type ClientIdentity, openTls } from '../test/support/edge-client.ts';
import { HOSTNAME, makeEnforcing } from '../test/support/enforcing.ts';
import { makeAuthority, makeLeaf } from '../test/support/pki.ts';
import type { RealEdge } from '../test/support/real-edges.ts';
import { startStack } from '../test/support/stack.ts';

const minutes = Number(process.argv[2] ?? 60);
const outageMs = minutes * 60_000;
const KINDS = ['gateway', 'nginx', 'haproxy'] as const;
const PARTS = ['bot', 'worker', 'api'] as const;
const SAMPLE_EVERY_MS = 10_000;
/** What is asked this close to the end of a certificate may be answered either way. */
const END_MS = 2_000;
const CATCH_UP_MS = 120_000;

await using stack = await startStack({ api: true, env: { LOG_LEVEL: 'info' } });
await stack.setUp();
await using enforcing = await makeEnforcing(stack);
for (const kind of KINDS) await enforcing.addEdge(kind);
await enforcing.bind();
const [good, revoked, later] = [
  await enforcing.issue('device-1'),
  await enforcing.issue('device-2'),
  await enforcing.issue('device-3'),
];
await enforcing.guard();
const root = await makeAuthority('CN=Plant Root');
await enforcing.trustCustomCa('Plant CA', root.pem);
await stack.bob.click(await enforcing.askToRevoke('device-2'), 'Approve');
const card = await enforcing.askToRevoke('device-3');
const leaf = await makeLeaf('CN=robot', root, {
  until: (Date.now() + outageMs / 2) / 86_400_000 - Date.now() / 86_400_000,
});
const ending = { certificate: leaf.pem, key: leaf.keyPem };
const endsAt = Date.parse(new X509Certificate(leaf.pem).validTo);
await enforcing.untilAll(403);
await enforcing.untilAll(403, revoked);
for (const one of [good, later, ending]) await enforcing.untilAll(200, one);

type Case = { name: string; client?: ClientIdentity; expected: 200 | 403 | 'until it ends'; kept?: true };
const CASES: readonly Case[] = [
  { name: 'good', client: good, expected: 200 },
  { name: 'revoked', client: revoked, expected: 403 },
  { name: 'none', expected: 403 },
  { name: 'ending', client: ending, expected: 'until it ends' },
  { name: 'good, kept', client: good, expected: 200, kept: true },
  { name: 'ending, kept', client: ending, expected: 'until it ends', kept: true },
];

/** When what is started anew, as parts of the whole. The first and second before the certificate ends, the third after. */
const RESTARTS: readonly { at: number; what: 'edge' | 'proxy' | 'all' }[] = [
  { at: 0.2, what: 'edge' },
  { at: 0.35, what: 'proxy' },
  { at: 0.65, what: 'all' },
];

const watched = enforcing.edges.map((edge, index) => ({
  edge,
  index,
  asked: 0,
  wrong: 0,
  /** Requests that were answered since the edge's process was started last: what it knew of use before, it has lost. */
  answeredByThisRun: 0,
  restartSeconds: [] as string[],
  kept: new Map<Case, TLSSocket>(),
  /** CPU seconds by process, of those that are gone too. */
  cpu: new Map<number, number>(),
  mebibytes: [] as number[],
}));
type Watched = (typeof watched)[number];

await Promise.all(PARTS.map((part) => stack.kill(part)));
await stack.redis.stop();
moveDatabase('', '.away');
const from = Date.now();
const isOver = () => Date.now() - from >= outageMs;
console.log(`${new Date().toISOString()} everything is away for ${minutes} minutes`);
const logBefore = watched.map(({ edge }) => sizeOf(edge.log));
const diskBefore = watched.map(({ edge }) => diskOf(edge));
for (const one of watched) sample(one);
const cpuBefore = watched.map(cpuOf);
await Promise.all([...watched.map(askAlways), sampleAlways()]);
for (const one of watched) sample(one);
const cpuAfter = watched.map(cpuOf);
const logAfter = watched.map(({ edge }) => sizeOf(edge.log));
const diskAfter = watched.map(({ edge }) => diskOf(edge));

const backAt = performance.now();
moveDatabase('.away', '');
await stack.restartRedis();
await Promise.all(PARTS.map((part) => stack.start(part)));
const startedSeconds = seconds(performance.now() - backAt);
const clickedAt = performance.now();
const evidence = Promise.all(watched.map(untilEvidence));
const following = enforcing.untilAll(403, later, CATCH_UP_MS);
await stack.bob.click(card, 'Approve');
const approvedSeconds = seconds(performance.now() - clickedAt);
const after = await following;
const evidenceAfter = await evidence;

console.log(`\n${minutes} minutes; load average at the end ${readFileSync('/proc/loadavg', 'utf8').slice(0, 14)}\n`);
console.log(
  '| edge | requests | wrong | serving again after the starts, s | CPU, % of a core | memory MiB: first, middle, last, most | log, lines and KiB, without requests | disk KiB, before and after |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const one of watched) {
  const { edge, index, asked, wrong, restartSeconds, mebibytes } = one;
  const cpu = ((100 * ((cpuAfter[index] ?? 0) - (cpuBefore[index] ?? 0))) / (outageMs / 1_000)).toFixed(1);
  const middle = mebibytes[Math.floor(mebibytes.length / 2)];
  const memory = [mebibytes[0], middle, mebibytes.at(-1), Math.max(...mebibytes)].map((one) => one?.toFixed(0));
  const [before, now] = [logBefore[index], logAfter[index]] as [Size, Size];
  const log = `${now.lines - before.lines}, ${((now.octets - before.octets) / 1_024).toFixed(1)}`;
  const cells = [edge.kind, asked, wrong, restartSeconds.join(', '), cpu, memory.join(', '), log];
  console.log(`| ${cells.join(' | ')} | ${diskBefore[index]}, ${diskAfter[index]} |`);
}
console.log(`\nStarted again in ${startedSeconds} s; the click was acknowledged after ${approvedSeconds} s.`);
console.log('\n| edge | from Approve to 403, s | from "ready" to all evidence of its last run, s | requests told of |');
console.log('| --- | --- | --- | --- |');
for (const { edge, index } of watched) {
  const told = evidenceAfter[index];
  console.log(
    `| ${edge.kind} | ${seconds(after.get(edge.kind) ?? Number.NaN)} | ${told?.seconds} | ${told?.told} of ${told?.answered} |`,
  );
}
for (const { edge } of watched) {
  const words = edge.log.filter((line) => !isRequest(line) && /"level":"(warn|error)"/.test(line));
  console.log(`\n${edge.kind}: warnings in its log: ${words.length}`);
  for (const line of words.slice(-20)) console.log(`  ${line.slice(0, 300)}`);
}

async function askAlways(one: Watched): Promise<void> {
  const restarts = RESTARTS.filter(({ what }) => what !== 'proxy' || one.edge.kind !== 'gateway').map(
    ({ at, what }) => ({ at: from + outageMs * (at + 0.04 * one.index), what }),
  );
  while (!isOver()) {
    const second = wait(1_000);
    const [due] = restarts;
    if (due && Date.now() > due.at) {
      restarts.shift();
      await restart(one, due.what);
    }
    for (const asked of CASES) await check(one, asked);
    await second;
  }
  for (const socket of one.kept.values()) socket.destroy();
}

async function restart(one: Watched, what: 'edge' | 'proxy' | 'all'): Promise<void> {
  const begun = performance.now();
  await one.edge.restart(what);
  if (what !== 'proxy') one.answeredByThisRun = 0;
  // Only whether it answers: each answer has to be right from the first one on.
  for (const asked of CASES.filter(({ kept }) => !kept)) {
    while (!(await check(one, asked, true))) await wait(20);
  }
  one.restartSeconds.push(`${what} ${seconds(performance.now() - begun)}`);
}

/** @returns whether there was an answer. `mayBeDown`: none is no fault. */
async function check(one: Watched, asked: Case, mayBeDown = false): Promise<boolean> {
  const begun = Date.now();
  const status = await statusOf(one, asked);
  const isAnswered = typeof status === 'number';
  if (isAnswered) one.answeredByThisRun += 1;
  if (!isAnswered && mayBeDown) return false;
  one.asked += 1;
  const isNearEnd = begun < endsAt + END_MS && Date.now() > endsAt - END_MS;
  const expected = asked.expected === 'until it ends' ? (begun < endsAt ? 200 : 403) : asked.expected;
  if (status !== expected && !(isNearEnd && isAnswered)) {
    one.wrong += 1;
    console.log(`${new Date().toISOString()} ${one.edge.kind}, ${asked.name}: ${status} and not ${expected}`);
  }
  return isAnswered;
}

async function statusOf({ edge, kept }: Watched, asked: Case): Promise<number | string> {
  if (!asked.kept) return enforcing.statusOf(edge, asked.client);
  // A connection that the edge has closed in between, as it may, is opened once more.
  for (let tries = 0; ; tries++) {
    try {
      const socket = kept.get(asked) ?? (await openTls(edge, { sni: HOSTNAME, client: asked.client }));
      kept.set(asked, socket);
      const answer = socket.destroyed ? { refused: 'closed' } : await askOn(socket, { sni: HOSTNAME });
      if ('status' in answer) return answer.status;
      kept.delete(asked);
      if (tries > 0) return answer.refused;
    } catch (error) {
      kept.delete(asked);
      if (tries > 0) return (error as Error).message;
    }
  }
}

async function sampleAlways(): Promise<void> {
  for (let count = 1; !isOver(); count++) {
    await wait(Math.min(SAMPLE_EVERY_MS, Math.max(0, from + outageMs - Date.now())));
    for (const one of watched) sample(one);
    if (count % 30 !== 0) continue;
    const told = watched.map(
      (one) =>
        `${one.edge.kind} ${one.mebibytes.at(-1)?.toFixed(0)} MiB, CPU ${cpuOf(one).toFixed(1)} s, ${one.wrong} wrong`,
    );
    console.log(`${new Date().toISOString()} ${told.join('; ')}`);
  }
}

function sample({ edge, cpu, mebibytes }: Watched): void {
  let kibibytes = 0;
  for (const pid of edge.pids()) {
    try {
      kibibytes += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      // User and system time in ticks of 10 ms (proc(5): fields 14 and 15).
      cpu.set(pid, (Number(fields[11]) + Number(fields[12])) / 100);
    } catch {
      // It has ended in between.
    }
  }
  // Nothing while it is started anew.
  if (kibibytes > 0) mebibytes.push(kibibytes / 1_024);
}

function cpuOf({ cpu }: Watched): number {
  return [...cpu.values()].reduce((total, one) => total + one, 0);
}

type Size = { lines: number; octets: number };

/** The gateway logs each request; what counts is everything else. */
function isRequest(line: string): boolean {
  return line.includes('"msg":"answered"');
}

function sizeOf(log: readonly string[]): Size {
  const lines = log.filter((line) => !isRequest(line));
  return { lines: lines.length, octets: lines.reduce((total, line) => total + line.length, 0) };
}

/** KiB of everything that the edge and its proxy have in their folder. */
function diskOf({ kind }: RealEdge): number {
  const folder = join(stack.folder, 'edges', kind);
  const sizes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0);
  return Math.round(sizes.reduce((total, one) => total + one, 0) / 1_024);
}

/** Until the database has what the edge's last run has answered. */
async function untilEvidence({ edge, answeredByThisRun }: Watched) {
  const begun = performance.now();
  const database = new Database(stack.databasePath, { readonly: true, timeout: 5_000 });
  const edges = database.prepare<[], { id: string; name: string }>('select id, name from edges').all();
  const id = edges.find(({ name }) => name.startsWith(edge.kind) && name !== edge.kind)?.id ?? '';
  const rows = database.prepare<[], { id: string; count: number }>(
    'select id, verified + unverified as count from host_usage',
  );
  const most = () => {
    const byRun = new Map<string, number>();
    for (const row of rows.all()) {
      const [, run = ''] = row.id.split(':');
      if (run.startsWith(`${id}/`)) byRun.set(run, (byRun.get(run) ?? 0) + row.count);
    }
    return Math.max(0, ...byRun.values());
  };
  while (most() < answeredByThisRun && performance.now() - begun < CATCH_UP_MS) await wait(50);
  const result = { seconds: seconds(performance.now() - begun), told: most(), answered: answeredByThisRun };
  database.close();
  return result;
}

function moveDatabase(fromSuffix: string, toSuffix: string): void {
  for (const part of ['', '-wal', '-shm']) {
    try {
      renameSync(`${stack.databasePath}${part}${fromSuffix}`, `${stack.databasePath}${part}${toSuffix}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(ms < 10_000 ? 2 : 1);
}
