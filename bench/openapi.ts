import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { deriveSealingKeys } from '../core/config/secrets.ts';
import { insert } from '../core/store/plan.ts';
import type { Site } from '../core/store/rows.ts';
import { makeCsr } from '../test/support/csr.ts';
import { insertAccessKey } from '../test/support/insert-access-key.ts';
import { aSite } from '../test/support/rows.ts';
import { ACCOUNT, MASTER_KEY, startStack } from '../test/support/stack.ts';
import { type Answer, makeCaller } from './openapi/caller.ts';
import { makeKinds, type Stock } from './openapi/kinds.ts';

/**
 * Calls of the OpenAPI a second, and how long each takes: the api, two workers, the bot, Redis and the database as in
 * production, each in a process of its own; clients that sign every call and keep their connections, in this one.
 *
 *     npm run bench:openapi [-- --in-flight 16,64] [--only 'Create|Revoke'] [--profile FOLDER]
 *
 * The run fails when a call is not answered with success.
 */
const SITES = 20;
const KEYS = 10;
const CALLS: Readonly<Record<number, number>> = { 1: 40, 16: 320, 64: 320, 1000: 1_000 };

const { values } = parseArgs({
  options: { only: { type: 'string' }, 'in-flight': { type: 'string' }, profile: { type: 'string' } },
});
const levels = (values['in-flight'] ?? '1,16,64,1000').split(',').map(Number);
const load = () => loadavg().map((average) => average.toFixed(1));

const stack = await startStack({
  api: true,
  twoWorkers: true,
  env: {
    LOG_LEVEL: 'info',
    API_RATE_PER_SECOND: '100000',
    // Slack takes about one message a second; the sandbox, which is in this process, would take all of them at once.
    COUNTERSIGN_AUDIT_CHANNEL: '',
  },
  nodeOptions: values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : [],
});
try {
  console.log(`Node ${process.version}, ${availableParallelism()} cores, load average before: ${load().join(' ')}\n`);
  const caller = makeCaller(stack.apiUrl, await makeKeys());
  const kinds = makeKinds(await makeSites());
  // The account's authority is made with its first certificate, and every process has its code compiled.
  const stock: Stock = { csrs: [(await makeCsr('warm-up')).pem], first: [], second: [], rules: [] };
  for (const { call, keep } of kinds) {
    const { answers } = await caller.callAll([call(0, stock)], 1);
    keep?.(answers, stock);
  }
  console.log('| call | in flight | calls a second | median ms | 95th percentile | 99th percentile | CPU ms each |');
  console.log('|---|---|---|---|---|---|---|');
  for (const inFlight of levels) {
    const asked = CALLS[inFlight] ?? inFlight;
    while (stock.csrs.length < asked) stock.csrs.push((await makeCsr('client')).pem);
    for (const { name, call, keep, howMany, upTo } of kinds) {
      if (!name.match(values.only ?? '')) continue;
      if (inFlight > (upTo ?? Number.POSITIVE_INFINITY)) continue;
      const wanted = Array.from({ length: howMany?.(asked) ?? asked }, (_, index) => call(index, stock));
      const before = cpuSeconds();
      const { answers, seconds } = await caller.callAll(wanted, inFlight);
      const cpuMs = ((cpuSeconds() - before) * 1_000) / wanted.length;
      keep?.(answers, stock);
      report(name, inFlight, answers, { seconds, cpuMs });
    }
  }
  console.log(`\nload average after: ${load().join(' ')}`);
  caller.end();
  if (values.profile) for (const part of ['api', 'worker', 'worker-2'] as const) await stack.stop(part);
} finally {
  await stack[Symbol.asyncDispose]();
}

async function makeSites(): Promise<Site[]> {
  const sites = Array.from({ length: SITES }, (_, index) =>
    aSite({ accountId: ACCOUNT, name: `s${index}.example`, createdAt: new Date() }),
  );
  await stack.store.commit(sites.map((site) => insert('sites', site)));
  return sites;
}

function makeKeys() {
  const keys = deriveSealingKeys(Buffer.from(MASTER_KEY, 'base64'));
  return Promise.all(
    Array.from({ length: KEYS }, async () => {
      const { row, secret } = await insertAccessKey(stack.store, keys);
      return { accessKeyId: row.accessKeyId, secret };
    }),
  );
}

/** Of the api and both workers together, since they were started. */
function cpuSeconds(): number {
  return (['api', 'worker', 'worker-2'] as const).reduce((sum, part) => {
    const stat = readFileSync(`/proc/${stack.pid(part)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);
}

function report(
  name: string,
  inFlight: number,
  answers: readonly Answer[],
  { seconds, cpuMs }: { seconds: number; cpuMs: number },
): void {
  const took = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number) => (took[Math.max(0, Math.ceil(share * took.length) - 1)] ?? Number.NaN).toFixed(0);
  const refused = answers.filter(({ status }) => status !== 200);
  const cells = [name, inFlight, Math.round(answers.length / seconds), at(0.5), at(0.95), at(0.99), cpuMs.toFixed(1)];
  const codes = [...new Set(refused.map(({ body }) => `${body['Code']}: ${body['Message']}`))].slice(0, 3);
  if (refused.length > 0) process.exitCode = 1;
  console.log(`| ${cells.join(' | ')} |${refused.length > 0 ? ` ${refused.length} refused: ${codes.join('; ')}` : ''}`);
}
