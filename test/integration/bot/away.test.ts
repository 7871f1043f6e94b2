import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../../sandbox/server/sandbox.ts';
import { temporaryStore } from '../../support/store.ts';
import { keys, seed, startBotRig } from './rig.ts';

const NOWHERE = 'http://127.0.0.1:1/api/';

describe('Socket Mode', () => {
  it('does what HTTP does', async () => {
    await using rig = await startBotRig({ mode: 'socket' });
    await seed(rig.store);
    await expect.poll(() => rig.sandbox.socket.isOpen).toBe(true);
    const alice = rig.sandbox.person('U0ALICE');
    await alice.command('C0GENERAL', '/mtls issue');
    expect((await alice.submit()).outcome).toBe('updated');
    await expect.poll(() => rig.announced.length).toBe(1);
    expect((await fetch(`${rig.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${rig.url}/slack/events`, { method: 'POST', body: '{}' })).status).toBe(404);
  });

  it('comes back when the connection ends or Slack was away', async () => {
    await using rig = await startBotRig({ mode: 'socket' });
    await seed(rig.store);
    await expect.poll(() => rig.sandbox.socket.isOpen).toBe(true);
    const fault = rig.sandbox.faults.add({ method: 'apps.connections.open', kind: '500' });
    rig.sandbox.socket.recycle();
    await expect.poll(() => rig.logs.join(''), { timeout: 10_000 }).toContain('Slack cannot be reached');
    expect((await fetch(`${rig.url}/healthz`)).status).toBe(200);
    fault.remove();
    await expect.poll(() => rig.sandbox.socket.isOpen, { timeout: 20_000 }).toBe(true);
    const alice = rig.sandbox.person('U0ALICE');
    await alice.command('C0GENERAL', '/mtls');
    expect(alice.ephemerals('C0GENERAL')).toHaveLength(1);
  });
});

it('without Slack, what is typed is answered in the answer itself', async () => {
  await using rig = await startBotRig({ apiUrl: NOWHERE });
  await seed(rig.store);
  const alice = rig.sandbox.person('U0ALICE');
  await alice.command('C0GENERAL', '/mtls issue');
  expect(alice.ephemerals('C0GENERAL').at(-1)?.text).toMatch(/Slack did not answer/);
  await alice.openHome();
  expect((await fetch(`${rig.url}/healthz`)).status).toBe(200);
});

describe('the process', () => {
  it('ends with 78 and every problem of its configuration', async () => {
    const bot = startProcess({ SLACK_BOT_TOKEN: 'nonsense' });
    const [code] = await once(bot.child, 'exit');
    expect(code).toBe(78);
    expect(bot.errors()).toMatch(/SLACK_BOT_TOKEN/);
  });

  it.each<[string, Record<string, string>]>([
    ['HTTP', {}],
    ['Socket Mode', { SLACK_APP_TOKEN: 'xapp-sandbox-1' }],
  ])('starts and stays up without Slack and Redis, over %s, and stops when told', async (_, more) => {
    await using store = temporaryStore();
    const bot = startProcess({ ...environment(store.path), SLACK_API_URL: NOWHERE, ...more });
    try {
      const { port } = await bot.ready;
      const health = async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).status;
      expect(await health()).toBe(200);
      if (more['SLACK_APP_TOKEN']) await bot.line(/Slack cannot be reached/);
      expect(await health()).toBe(200);
      bot.child.kill('SIGTERM');
      const [code] = await once(bot.child, 'exit');
      expect(code).toBe(0);
      expect(bot.errors()).toBe('');
    } finally {
      bot.child.kill('SIGKILL');
    }
  });

  it('ends what was begun before it stops', async () => {
    await using store = temporaryStore();
    await seed(store);
    await using sandbox = await startSandbox();
    const bot = startProcess({
      ...environment(store.path),
      SLACK_API_URL: sandbox.apiUrl,
      SLACK_BOT_TOKEN: sandbox.botToken,
      SLACK_SIGNING_SECRET: sandbox.signingSecret,
    });
    try {
      const { port } = await bot.ready;
      sandbox.setBotUrl(`http://127.0.0.1:${port}/slack/events`);
      const ada = sandbox.person('U0ADA');
      // Nobody carries this out: it is answered after two seconds.
      const answered = ada.command('C0GENERAL', '/mtls site add second.example');
      await expect.poll(() => store.dueRequests(new Date(Date.now() + 60_000), 1)).toHaveLength(1);
      bot.child.kill('SIGTERM');
      await answered;
      expect(ada.ephemerals('C0GENERAL').at(-1)?.text).toMatch(/^Recorded/);
      if (bot.child.exitCode === null) await once(bot.child, 'exit');
      expect(bot.child.exitCode).toBe(0);
    } finally {
      bot.child.kill('SIGKILL');
    }
  });
});

function environment(path: string): Record<string, string> {
  return {
    PORT: '0',
    DATABASE_URL: `file:${path}`,
    REDIS_URL: 'redis://127.0.0.1:1',
    SLACK_BOT_TOKEN: 'xoxb-sandbox-1',
    SLACK_SIGNING_SECRET: 'a-signing-secret',
    COUNTERSIGN_KEY_REVEAL: Buffer.from(keys.reveal).toString('base64'),
  };
}

type BotProcess = {
  child: ChildProcess;
  ready: Promise<{ port: number }>;
  line(pattern: RegExp): Promise<string>;
  errors(): string;
};

function startProcess(env: Record<string, string>): BotProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'bot/main.ts'], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const seen: string[] = [];
  const waiting: (() => void)[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (text) => {
    seen.push(text);
    for (const wake of waiting.splice(0)) wake();
  });
  child.on('exit', () => {
    for (const wake of waiting.splice(0)) wake();
  });
  const line = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = seen.find((text) => pattern.test(text));
      if (found !== undefined) return found;
      if (child.exitCode !== null) throw new Error(`the bot has ended: ${errors}`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  const ready = line(/"msg":"ready"/).then((text) => JSON.parse(text) as { port: number });
  ready.catch(() => undefined);
  return { child, ready, line, errors: () => errors };
}
