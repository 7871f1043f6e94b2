import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DEMO_EDGE } from '../../../core/config/demo-edge.ts';
import { answers, socketPath } from '../../../start/redis/private.ts';
import { type Answered, askEdge } from '../../support/edge-client.ts';
import { describeWith } from '../../support/tools.ts';
import { until } from '../../support/until.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Six processes that start through tsx, on a machine that may be busy with other tests. */
const UP_WITHIN_MS = 180_000;
/** Where node_modules is not what the lockfile says, npm start installs first, and may have to compile. */
const INSTALLED_WITHIN_MS = 900_000;

describeWith('redisServer', 'npm start', ({ redisServer }) => {
  test('runs everything, stops it all on Ctrl-C, and finds its data again', {
    timeout: INSTALLED_WITHIN_MS + 2 * UP_WITHIN_MS,
  }, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'countersign-start-'));
    const redis = socketPath(join(dataDir, 'sandbox/redis'));
    const read = (name: string) => readFileSync(join(dataDir, 'sandbox', name), 'utf8');
    let first: string | undefined;
    let authority: string | undefined;
    for (const round of ['first', 'second']) {
      await using it = startNpm({ DATA_DIR: dataDir, COUNTERSIGN_REDIS_SERVER: redisServer });
      await it.isInstalled();
      await it.shows('Ctrl-C stops it.');
      const page = /http:\/\/127\.0\.0\.1:\d+\/\?token=\w+/.exec(it.output())?.[0] ?? '';
      expect(await openPage(page)).toBe(200);
      const kept = read('master.key') + read('slack.json');
      expect(kept, round).toBe(first ?? kept);
      first = kept;
      for (const secret of [read('master.key').trim(), JSON.parse(read('slack.json')).signingSecret]) {
        expect(it.output()).not.toContain(secret);
      }
      const gateway = Number(/https:\/\/api\.example\.test:(\d+)/.exec(it.output())?.[1]);
      const ca = read('edge/demo/ca.pem');
      const call = () => askEdge({ host: '127.0.0.1', port: gateway, ca }, { sni: DEMO_EDGE.hostname });
      // At the first start it has nothing to enforce for a moment, and turns everybody away.
      await until('the gateway enforces', async () => wasLetIn(await call()), UP_WITHIN_MS);
      authority ??= ca;
      expect(ca, round).toBe(authority);
      it.signalGroup('SIGINT');
      await it.exit;
      expect(it.stopped()).toEqual(['edge', 'bot', 'api', 'worker', 'sandbox']);
      expect(await call()).toHaveProperty('refused');
      await expect(fetch(page)).rejects.toThrow();
      expect(await answers(redis)).toBe(false);
    }
    rmSync(dataDir, { recursive: true, force: true });
  });
});

/** Nothing is bound in this story. */
const wasLetIn = (answer: Answered) => 'status' in answer && answer.status === 200 && answer.body.includes('whoever');

/** As a browser does: the printed URL sets a cookie and leads to the page. */
async function openPage(url: string): Promise<number> {
  const entrance = await fetch(url, { redirect: 'manual' });
  const cookie = entrance.headers.getSetCookie().map((text) => text.split(';')[0]);
  const target = new URL(entrance.headers.get('location') ?? '', url);
  return (await fetch(target, { headers: { cookie: cookie.join('; ') } })).status;
}

const PORTS = { PORT: '0', API_PORT: '0', EDGE_PORT: '0', SANDBOX_PORT: '0' };

/** npm and what it starts, in a process group of its own as in a terminal. */
function startNpm(env: Record<string, string>) {
  const child = spawn('npm', ['start'], {
    cwd: root,
    detached: true,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...PORTS, ...env },
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
    /** The processes in the order in which they said that they stop. */
    stopped: () => [...output.matchAll(/^(\w+) +\| .* stop(?:ping signal|ped$)/gm)].map(([, name]) => name),
    async isInstalled() {
      const installs = () => output.includes('installing packages') && !output.includes('packages are installed');
      const begun = () => ended || installs() || output.includes(' | ');
      await until('npm start begins', begun, UP_WITHIN_MS);
      if (installs()) await until('packages are installed', () => ended || !installs(), INSTALLED_WITHIN_MS);
    },
    async shows(text: string) {
      await until(`npm start shows ${text}`, () => ended || output.includes(text), UP_WITHIN_MS).catch(() => undefined);
      expect(output).toContain(text);
    },
    signalGroup: (name: NodeJS.Signals) => process.kill(-(child.pid as number), name),
    async [Symbol.asyncDispose]() {
      if (!ended) process.kill(-(child.pid as number), 'SIGKILL');
      await exit;
    },
  };
}
