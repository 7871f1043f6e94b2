import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { answers, planRedis, prepareRedis, startPrivateRedis } from '../../../start/redis/private.ts';
import { describeWith } from '../../support/tools.ts';
import { until } from '../../support/until.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-redis-'));
  folders.push(folder);
  return folder;
}

describeWith('redisServer', 'the private Redis', ({ redisServer: serverPath }) => {
  test('keeps what was written over a stop and a start, and never forgets under memory pressure', async () => {
    const dataDir = makeFolder();
    {
      await using redis = await startPrivateRedis({ dataDir, serverPath });
      const client = new Redis(redis.url);
      await client.set('kept', 'yes');
      expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
      expect(await client.config('GET', 'port')).toEqual(['port', '0']);
      client.disconnect();
    }
    await using redis = await startPrivateRedis({ dataDir, serverPath });
    const client = new Redis(redis.url);
    expect(await client.get('kept')).toBe('yes');
    client.disconnect();
  });

  test('is opened by its owner alone', async () => {
    const dataDir = makeFolder();
    await using _redis = await startPrivateRedis({ dataDir, serverPath });
    const { socket } = planRedis(dataDir, serverPath);
    expect(statSync(socket).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'redis')).mode & 0o777).toBe(0o700);
  });

  test('listens in a short private folder when the data folder is too deep for a socket', async () => {
    const dataDir = join(makeFolder(), 'deep'.repeat(30));
    await using redis = await startPrivateRedis({ dataDir, serverPath });
    const { socket } = planRedis(dataDir, serverPath);
    folders.push(join(socket, '..'));
    expect(redis.url).toBe(`unix://${socket}`);
    expect(socket.length).toBeLessThan(104);
    expect(statSync(join(socket, '..')).mode & 0o777).toBe(0o700);
    expect(await answers(socket)).toBe(true);
  });

  test('is not started twice for one data folder', async () => {
    const dataDir = makeFolder();
    await using _redis = await startPrivateRedis({ dataDir, serverPath });
    const { socket } = planRedis(dataDir, serverPath);
    await expect(prepareRedis(dataDir, socket, 0)).rejects.toThrow(/already running with this data folder/);
  });

  test('tells why when it cannot start', async () => {
    const dataDir = makeFolder();
    const missing = startPrivateRedis({ dataDir, serverPath: '/nowhere/redis-server' });
    await expect(missing).rejects.toThrow(/did not start[\s\S]*not found/);
  });

  test('ends with its parent, also when that is killed without a word', async () => {
    const dataDir = makeFolder();
    const fixture = fileURLToPath(new URL('./fixtures/redis-parent.ts', import.meta.url));
    const parent = spawn(process.execPath, ['--import', 'tsx', fixture, dataDir, serverPath], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    const { socket } = planRedis(dataDir, serverPath);
    expect(await answers(socket)).toBe(true);
    parent.kill('SIGKILL');
    await until('Redis is gone', async () => !(await answers(socket)));
  });
});
