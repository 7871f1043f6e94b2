import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { insert, update } from '../core/store/plan.ts';
import { ACCOUNT, startFeedRig, until } from '../test/support/feed-rig.ts';
import type { Asked, Told } from './feed/edge.ts';
import { fillRevoked } from './feed/fill.ts';

/**
 * From a revocation in the database to an edge that has it, and what a million revoked certificates cost: the worker
 * that makes the first version, and an edge that fetches it, keeps it, and starts from its disk.
 *
 *     npm run bench:feed [-- HOW_MANY_REVOKED ...]
 */
const REVOCATIONS = 300;

const told = async <T extends Told['tell']>(child: ChildProcess, tell: T): Promise<Extract<Told, { tell: T }>> => {
  for (;;) {
    const [message] = (await once(child, 'message')) as [Told];
    if (message.tell === tell) return message as Extract<Told, { tell: T }>;
  }
};
const startEdge = () =>
  fork(new URL('./feed/edge.ts', import.meta.url), { execArgv: ['--expose-gc', '--import', 'tsx'] });
const ask = (child: ChildProcess, asked: Asked) => child.send(asked);
const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
const quantile = (sorted: readonly number[], q: number) => sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;

async function measure(count: number): Promise<void> {
  console.log(`\n${count.toLocaleString('en')} revoked`);
  await using rig = await startFeedRig({ publish: false });
  const authorityId = rig.authority.row.id;
  fillRevoked(rig.path, { accountId: ACCOUNT, authorityId, count });
  const active = await rig.issueMany(REVOCATIONS);

  const delay = monitorEventLoopDelay({ resolution: 1 });
  const { credential } = await rig.addEdge();
  await rig.bind(['api.example.com']);
  delay.enable();
  const begun = performance.now();
  rig.startPublisher();
  await until(() => rig.store.snapshot(ACCOUNT), 120_000);
  console.log(
    `  first version made in   ${ms(performance.now() - begun)}, event loop held ${ms(delay.max / 1e6)} at most`,
  );
  delay.disable();

  const start: Asked = {
    ask: 'start',
    url: rig.url,
    credential,
    ...(await rig.pin()),
    dir: join(rig.folder, randomUUID()),
  };
  const first = startEdge();
  ask(first, start);
  const fetched = await told(first, 'started');
  console.log(
    `  edge: fetched in        ${ms(fetched.ms)}, event loop held ${ms(fetched.holdMs)} at most, RSS ${fetched.rssMiB.toFixed(0)} MiB`,
  );
  console.log(`  edge: one lookup        ${fetched.lookupNs.toFixed(0)} ns`);
  const file = join(start.dir, 'snapshot');
  await until(() => existsSync(file));

  const took: number[] = [];
  for (const row of active) {
    const there = told(first, 'there');
    ask(first, { ask: 'wait', authorityId, serial: row.serial });
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 40));
    const at = new Date();
    await rig.store.commit([
      update('certificates', row, { state: 'held', heldAt: at }),
      insert('statusChanges', {
        id: randomUUID(),
        accountId: ACCOUNT,
        authorityId,
        shard: row.shard,
        certificateId: row.id,
        requestId: null,
        state: 'held',
        at,
      }),
    ]);
    const committed = process.hrtime.bigint();
    took.push(Number(BigInt((await there).at) - committed) / 1e6);
  }
  took.sort((a, b) => a - b);
  console.log(
    `  commit to edge          p50 ${ms(quantile(took, 0.5))}, p99 ${ms(quantile(took, 0.99))}, max ${ms(quantile(took, 1))} (${took.length} revocations)`,
  );
  first.kill();
  await once(first, 'exit');

  const second = startEdge();
  ask(second, start);
  const loaded = await told(second, 'started');
  console.log(
    `  edge: from disk in      ${ms(loaded.ms)} (${(statSync(file).size / 2 ** 20).toFixed(1)} MiB), event loop held ${ms(loaded.holdMs)} at most, RSS ${loaded.rssMiB.toFixed(0)} MiB`,
  );
  second.kill();
  await once(second, 'exit');
}

const counts = process.argv.slice(2).map(Number);
for (const count of counts.length > 0 ? counts : [0, 1_000, 1_000_000]) await measure(count);
