import { cpus, loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { startStack } from '../test/support/stack.ts';
import { CONDITIONS, type Condition } from './ack/conditions.ts';
import { startSlowRedis } from './ack/slow-redis.ts';
import { type Cell, Workload } from './ack/workload.ts';

/**
 * How soon Slack is acknowledged, over HTTP with real signatures, by a bot in a process of its own, beside a worker and
 * a Redis in theirs. Four people act at the same time, each without a pause. Slack's own limit is three seconds; the
 * run fails when a 99th percentile is above two, or when something that was acknowledged was not done.
 *
 *     npm run bench:ack [-- --count 240] [-- --only Redis]
 *
 * The sandbox (Slack, and the people) runs in this process: what it costs is in the figures, and how long its event
 * loop was late is told beside them.
 */
const LIMIT_P99_MS = 2_000;
/** How many forms are opened while Slack is slow. */
const FEW = 20;
const ACTS = ['help', 'issue', 'submit', 'show'] as const;

type Row = { condition: Condition; cells: Record<(typeof ACTS)[number], Cell>; lateMs: number; note: string };

async function measure(condition: Condition, count: number): Promise<Row> {
  let redisUrl: string | undefined;
  const slowRedis = condition.slowRedis ? await startSlowRedis(() => redisUrl) : undefined;
  const env = { LOG_LEVEL: 'info', ...(slowRedis ? { REDIS_URL: slowRedis.url } : {}) };
  const stack = await startStack({ env });
  redisUrl = stack.redis.url;
  const workload = new Workload(stack);
  try {
    await workload.setUp();
    const ready = await workload.stock(count);
    const opened = condition.slowSlack ? (await workload.openForms(count)).forms : undefined;
    await condition.impose(workload, slowRedis);

    const late = monitorEventLoopDelay({ resolution: 1 });
    late.enable();
    const help = await workload.help(count);
    const { forms, ...issue } = await workload.openForms(condition.slowSlack ? FEW : count);
    if (condition.opensNothing) issue.undone = 0;
    const submit = await workload.submitForms(opened ?? forms);
    const show = await workload.pressAll(ready);
    late.disable();
    const note = (await condition.tell?.(workload)) ?? '';
    return { condition, cells: { help, issue, submit, show }, lateMs: late.percentile(99) / 1e6, note };
  } finally {
    condition.lift?.(workload);
    slowRedis?.stop();
    await stack[Symbol.asyncDispose]();
  }
}

function percentile(timingsMs: readonly number[], share: number): number {
  const sorted = [...timingsMs].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function describeCell({ timingsMs, undone }: Cell): string {
  const figures = [percentile(timingsMs, 0.5), percentile(timingsMs, 0.99), Math.max(...timingsMs)];
  return figures.map((ms) => ms.toFixed(ms < 10 ? 1 : 0)).join(' / ') + (undone === 0 ? '' : ` (${undone} undone)`);
}

function describeRow({ condition, cells, lateMs }: Row): string {
  const figures = ACTS.map((act) => describeCell(cells[act]));
  return `| ${[condition.name, ...figures, lateMs.toFixed(1)].join(' | ')} |`;
}

const { values } = parseArgs({ options: { count: { type: 'string' }, only: { type: 'string' } } });
const count = Number(values.count ?? 240);
const load = () => loadavg().map((average) => average.toFixed(1));
const faults: string[] = [];

console.log(
  `${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}, ${process.platform}, ${count} of each act`,
);
console.log(`load average before: ${load().join(' ')}\n`);
console.log('median / 99th percentile / maximum in ms\n');
console.log('| condition | `/mtls help` | `/mtls issue` | Create Certificate | Show once | measured late by (p99) |');
console.log('|---|---|---|---|---|---|');
const notes: string[] = [];
for (const condition of CONDITIONS.filter(({ name }) => name.includes(values.only ?? ''))) {
  const row = await measure(condition, count);
  console.log(describeRow(row));
  if (row.note !== '') notes.push(`${condition.name}: ${row.note}`);
  for (const act of ACTS) {
    const { timingsMs, undone } = row.cells[act];
    const p99 = percentile(timingsMs, 0.99);
    if (!(p99 <= LIMIT_P99_MS)) faults.push(`${condition.name}: ${act}: 99th percentile ${p99.toFixed(0)} ms`);
    if (undone > 0) faults.push(`${condition.name}: ${act}: ${undone} of ${timingsMs.length} came to nothing`);
  }
}
console.log(`\nload average after: ${load().join(' ')}`);
for (const line of [...notes, ...faults]) console.log(line);
process.exitCode = faults.length === 0 ? 0 : 1;
