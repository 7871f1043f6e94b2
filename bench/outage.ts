/**
 * What edges do while everything else is away: bot, worker, api and Redis stopped and the database moved, for as long as
 * it is said. Each edge is asked every second with a good certificate, with a revoked one and with none, and each is
 * started anew in between, with its proxy. Then all comes back, and a revocation is approved.
 *
 *     npm run bench:outage [-- MINUTES]
 */
import { readFileSync, renameSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { makeEnforcing } from '../test/support/enforcing.ts';
import { startStack } from '../test/support/stack.ts';

const minutes = Number(process.argv[2] ?? 60);
const KINDS = ['gateway', 'nginx', 'haproxy'] as const;

await using stack = await startStack({ api: true, env: { LOG_LEVEL: 'info' } });
await stack.setUp();
await using enforcing = await makeEnforcing(stack);
for (const kind of KINDS) await enforcing.addEdge(kind);
await enforcing.bind();
await enforcing.guard();
const [good, revoked, later] = [
  await enforcing.issue('device-1'),
  await enforcing.issue('device-2'),
  await enforcing.issue('device-3'),
];
await stack.bob.click(await enforcing.askToRevoke('device-2'), 'Approve');
await enforcing.untilAll(403, revoked);
await enforcing.untilAll(403);
const card = await enforcing.askToRevoke('device-3');
await enforcing.untilAll(200, later);

const parts = ['bot', 'worker', 'api'] as const;
await Promise.all(parts.map((part) => stack.stop(part)));
await stack.redis.stop();
const database = ['', '-wal', '-shm'].map((suffix) => `${stack.databasePath}${suffix}`);
const move = (from: string, to: string) => {
  for (const path of database) {
    try {
      renameSync(`${path}${from}`, `${path}${to}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
};
move('', '.away');

const CASES = [
  { name: 'good', client: good, expected: 200 },
  { name: 'revoked', client: revoked, expected: 403 },
  { name: 'none', client: undefined, expected: 403 },
] as const;
const counts = Object.fromEntries(KINDS.map((kind) => [kind, { asked: 0, wrong: 0, logged: 0, restartMs: 0 }]));
const memoryAtFirst = new Map<string, number>();
const from = Date.now();
const restarts = new Map(enforcing.edges.map((edge, index) => [edge, from + (minutes * 60_000 * (index + 1)) / 4]));
for (const edge of enforcing.edges) memoryAtFirst.set(edge.kind, memoryOf(edge.pids()));
while (Date.now() - from < minutes * 60_000) {
  const second = wait(1_000);
  for (const edge of enforcing.edges) {
    const count = counts[edge.kind] as (typeof counts)[string];
    if (Date.now() > (restarts.get(edge) ?? Number.POSITIVE_INFINITY)) {
      restarts.delete(edge);
      const begun = performance.now();
      await edge.restart();
      while ((await enforcing.statusOf(edge, good)) !== 200) await wait(20);
      count.restartMs = performance.now() - begun;
      memoryAtFirst.set(edge.kind, memoryOf(edge.pids()));
    }
    for (const { name, client, expected } of CASES) {
      const status = await enforcing.statusOf(edge, client);
      count.asked += 1;
      if (status === expected) continue;
      count.wrong += 1;
      console.log(`${new Date().toISOString()} ${edge.kind}, ${name}: ${status} and not ${expected}`);
    }
    // The gateway logs each request; what is counted is everything else.
    count.logged = edge.log.filter((line) => !line.includes('"msg":"answered"')).length;
  }
  await second;
}
const memory = new Map(enforcing.edges.map((edge) => [edge.kind, memoryOf(edge.pids())]));

const backAt = performance.now();
move('.away', '');
await stack.restartRedis();
await Promise.all(parts.map((part) => stack.start(part)));
const startedMs = performance.now() - backAt;
await stack.bob.click(card, 'Approve');
const after = await enforcing.untilAll(403, later, 120_000);

console.log(
  `\n| edge, ${minutes} minutes alone | asked | wrong | started anew and serving after, s | MB before, after | lines logged |`,
);
console.log('| --- | --- | --- | --- | --- | --- |');
for (const kind of KINDS) {
  const { asked, wrong, restartMs, logged } = counts[kind] as (typeof counts)[string];
  const megabytes = `${memoryAtFirst.get(kind)?.toFixed(0)}, ${memory.get(kind)?.toFixed(0)}`;
  console.log(`| ${kind} | ${asked} | ${wrong} | ${(restartMs / 1_000).toFixed(1)} | ${megabytes} | ${logged} |`);
}
console.log(`\nStarted again in ${(startedMs / 1_000).toFixed(1)} s; from Approve to the first 403:`);
for (const [kind, ms] of after) console.log(`  ${kind} ${(ms / 1_000).toFixed(2)} s`);

function memoryOf(pids: readonly number[]): number {
  const rss = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  return pids.reduce((total, pid) => total + rss(pid), 0) / 1_024;
}
