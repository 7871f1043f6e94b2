import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';

describe('the supervisor', () => {
  test('shows every line behind the name of its process, and says when all are ready', async () => {
    await using it = superviseFixtures('worker=good', 'bot=good');
    await it.shows('EVERYTHING IS READY');
    expect(it.output()).toMatch(/^worker {2}\| \d\d:\d\d:\d\d ready behaviour=good$/m);
    expect(it.output()).toMatch(/^bot {5}\| \d\d:\d\d:\d\d ready behaviour=good$/m);
  });

  test('on Ctrl-C in the terminal stops one after the other, last started first, each asked once', async () => {
    await using it = superviseFixtures('sandbox=good', 'worker=good', 'bot=good');
    await it.shows('EVERYTHING IS READY');
    it.signalGroup('SIGINT');
    expect(await it.exit).toEqual([0, null]);
    expect(it.events().slice(3)).toEqual(['bot stopped', 'worker stopped', 'sandbox stopped']);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('stops in order on %s as well', async (signal) => {
    await using it = superviseFixtures('worker=good', 'bot=good');
    await it.shows('EVERYTHING IS READY');
    it.signal(signal);
    expect(await it.exit).toEqual([0, null]);
    expect(it.events().slice(2)).toEqual(['bot stopped', 'worker stopped']);
  });

  test('kills what does not stop within the limit', async () => {
    await using it = superviseFixtures('worker=good', 'bot=stubborn');
    await it.shows('EVERYTHING IS READY');
    it.signalGroup('SIGINT');
    expect(await it.exit).toEqual([0, null]);
    expect(it.output()).toContain('did not stop within 1.5 s and is killed');
    expect(it.events().slice(2)).toEqual(['bot stopped', 'worker stopped']);
    expect(await it.isAlive('bot')).toBe(false);
  });

  test('kills everything at once on a second Ctrl-C', async () => {
    await using it = superviseFixtures('worker=good', 'bot=stubborn');
    await it.shows('EVERYTHING IS READY');
    it.signalGroup('SIGINT');
    await until('the bot was asked', () => it.events().includes('bot stopped'));
    it.signalGroup('SIGINT');
    expect(await it.exit).toEqual([1, null]);
    expect(it.output()).not.toContain('did not stop within');
    expect(it.events()).not.toContain('worker stopped');
    expect(await it.isAlive('bot')).toBe(false);
    expect(await it.isAlive('worker')).toBe(false);
  });

  test('starts a process again that crashed, and lets no token in its last words through', async () => {
    await using it = superviseFixtures('worker=good', 'bot=crashes-once');
    await it.shows('bot     | is ready again');
    expect(it.output()).toMatch(/bot {5}\| .*WARN ended unexpectedly \(exit code 3\); starting it again in 0.05 s/);
    expect(it.output()).toContain('bot     | TypeError: token [secret] is not a function');
    expect(it.events().filter((event) => event === 'bot started')).toHaveLength(2);
    expect(it.events().filter((event) => event === 'worker started')).toHaveLength(1);
  });

  test('stops everything when a process refuses its configuration, with its message', async () => {
    await using it = superviseFixtures('worker=good', 'bot=badly-configured');
    expect(await it.exit).toEqual([78, null]);
    expect(it.output()).toContain('bot     |   - PORT: is not a number.');
    expect(it.output()).not.toContain('EVERYTHING IS READY');
    expect(await it.isAlive('worker')).toBe(false);
    expect(it.events().filter((event) => event === 'bot started')).toHaveLength(1);
  });

  test('leaves no process behind when it is killed without a word', async () => {
    await using it = superviseFixtures('sandbox=good', 'worker=good', 'bot=good');
    await it.shows('EVERYTHING IS READY');
    it.signal('SIGKILL');
    for (const name of ['sandbox', 'worker', 'bot'])
      await until(`${name} is gone`, async () => !(await it.isAlive(name)));
    expect(it.events().slice(3).sort()).toEqual(['bot stopped', 'sandbox stopped', 'worker stopped']);
  });

  test('leaves not even a stubborn process behind', { timeout: 40_000 }, async () => {
    await using it = superviseFixtures('bot=stubborn');
    await it.shows('EVERYTHING IS READY');
    it.signal('SIGKILL');
    await until('bot is gone', async () => !(await it.isAlive('bot')), 20_000);
  });
});

/** A supervisor in a process group of its own, as a terminal would start it. */
function superviseFixtures(...processes: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-supervisor-'));
  const fixture = fileURLToPath(new URL('./fixtures/supervisor.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, folder, ...processes], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid as number;
  const exit = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    exit,
    output: () => output,
    shows: (text: string) => until(`it shows ${text}, not only:\n${output}`, () => output.includes(text)),
    events: () => readFileSync(join(folder, 'events'), 'utf8').trim().split('\n'),
    signal: (name: NodeJS.Signals) => process.kill(pid, name),
    signalGroup: (name: NodeJS.Signals) => process.kill(-pid, name),
    isAlive: (name: string) => accepts(join(folder, `${name}.sock`)),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(socket);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
  });
}
