import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { answers, socketPath } from '../../../start/redis/private.ts';
import { describeWith } from '../../support/tools.ts';
import { until } from './until.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Five processes that start through tsx, on a machine that may be busy. */
const TIMEOUT = 120_000;

describeWith('redisServer', 'npm start', ({ redisServer }) => {
  test('runs everything, stops it all on Ctrl-C, and finds its data again', { timeout: 2 * TIMEOUT }, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'countersign-start-'));
    const redis = socketPath(join(dataDir, 'sandbox/redis'));
    const read = (name: string) => readFileSync(join(dataDir, 'sandbox', name), 'utf8');
    let first: string | undefined;
    for (const round of ['first', 'second']) {
      await using it = startNpm({ DATA_DIR: dataDir, COUNTERSIGN_REDIS_SERVER: redisServer });
      await it.shows('Ctrl-C stops it.');
      const page = /http:\/\/127\.0\.0\.1:\d+\/\?token=\w+/.exec(it.output())?.[0] ?? '';
      expect(await openPage(page)).toBe(200);
      const kept = read('master.key') + read('slack.json');
      expect(kept, round).toBe(first ?? kept);
      first = kept;
      for (const secret of [read('master.key').trim(), JSON.parse(read('slack.json')).signingSecret]) {
        expect(it.output()).not.toContain(secret);
      }
      it.signalGroup('SIGINT');
      await it.exit;
      await expect(fetch(page)).rejects.toThrow();
      expect(await answers(redis)).toBe(false);
    }
    rmSync(dataDir, { recursive: true, force: true });
  });
});

/** As a browser does: the printed URL sets a cookie and leads to the page. */
async function openPage(url: string): Promise<number> {
  const entrance = await fetch(url, { redirect: 'manual' });
  const cookie = entrance.headers.getSetCookie().map((text) => text.split(';')[0]);
  const target = new URL(entrance.headers.get('location') ?? '', url);
  return (await fetch(target, { headers: { cookie: cookie.join('; ') } })).status;
}

/** npm and what it starts, in a process group of its own as in a terminal. */
function startNpm(env: Record<string, string>) {
  const child = spawn('npm', ['start'], {
    cwd: root,
    detached: true,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', API_PORT: '0', SANDBOX_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'close');
  let output = '';
  let ended = false;
  void exit.then(() => {
    ended = true;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    exit,
    output: () => output,
    async shows(text: string) {
      await until(`npm start shows ${text}`, () => ended || output.includes(text), TIMEOUT).catch(() => undefined);
      expect(output).toContain(text);
    },
    signalGroup: (name: NodeJS.Signals) => process.kill(-(child.pid as number), name),
    async [Symbol.asyncDispose]() {
      if (!ended) process.kill(-(child.pid as number), 'SIGKILL');
      await exit;
    },
  };
}
