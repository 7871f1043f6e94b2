import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tools } from '../../support/tools.ts';

const main = fileURLToPath(new URL('../../../start/main.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');
let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'countersign-refusals-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** A start that is expected to end by itself before anything runs. */
function start(env: Record<string, string>, ...args: string[]) {
  const redis = { COUNTERSIGN_REDIS_SERVER: tools.redisServer ?? '/not/needed/here' };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', tsx, main, ...args], {
    cwd: dataDir,
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      API_PORT: '0',
      SANDBOX_PORT: '0',
      DATA_DIR: dataDir,
      ...redis,
      ...env,
    },
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, stdout, problems: stderr };
}

const real = { SLACK_BOT_TOKEN: 'xoxb-1-2-3', SLACK_SIGNING_SECRET: 'x'.repeat(32) };

describe('npm start refuses, before anything runs,', () => {
  test('a configuration with problems, all of them at once and each once', () => {
    const { status, stdout, problems } = start({
      LOG_LEVEL: 'loud',
      PORT: 'many',
      COUNTERSIGN_AUDIT_CHANNEL: '#audit',
      ...real,
    });
    expect(status).toBe(78);
    expect(stdout).toBe('');
    for (const name of ['LOG_LEVEL', 'PORT', 'COUNTERSIGN_AUDIT_CHANNEL']) {
      expect(problems.split('\n').filter((line) => line.startsWith(`  - ${name}:`))).toHaveLength(1);
    }
  });

  test.each([
    ['the sandbox in production', { NODE_ENV: 'production' }, [], /sandbox does not run in production/],
    ['a made key in production', { NODE_ENV: 'production', ...real }, [], /COUNTERSIGN_MASTER_KEY: is missing/],
    ['a real token in the sandbox', real, ['--sandbox'], /a real token, which the sandbox must not see/],
    ['a variable that is given twice', { ...real, SLACK_BOT_TOKEN_FILE: '/x' }, [], /are both set\. Keep one/],
  ])('%s', (_, env, args, problem) => {
    const result = start(env, ...args);
    expect(result.problems).toMatch(problem);
    expect(result.status).toBe(78);
    expect(existsSync(join(dataDir, 'sandbox'))).toBe(false);
    expect(existsSync(join(dataDir, 'master.key'))).toBe(false);
  });

  test("a folder of the sandbox's with a real token", () => {
    writeFileSync(join(dataDir, 'kind'), 'sandbox\n');
    const { status, problems } = start(real);
    expect(problems).toContain('holds data of the sandbox');
    expect(status).toBe(78);
  });

  test('a port that is taken, and names the variable to change', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { status, problems } = start({ ...real, PORT: String(port) });
    server.close();
    expect(problems).toContain(`PORT: port ${port} is in use.`);
    expect(status).toBe(78);
  });

  test('to do without Redis, and names the ways to get one', () => {
    const { status, problems } = start({ ...real, PATH: dataDir, COUNTERSIGN_REDIS_SERVER: '' });
    for (const way of ['package manager', 'docker run', 'set REDIS_URL']) expect(problems).toContain(way);
    expect(status).toBe(78);
  });
});
