import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { silentLogger } from '../../../core/logger.ts';
import { redisConnection } from '../../../core/requests/redis.ts';
import { SCHEDULE_QUEUE } from '../../../core/requests/scheduler.ts';
import { type PrivateRedis, startPrivateRedis } from '../../../start/redis/private.ts';
import { startSchedules } from '../../../worker/schedules.ts';
import { describeWith } from '../../support/tools.ts';

const HOUR_MS = 3_600_000;

/** A Redis of its own, which can be emptied and restarted, with workers that count their runs. */
async function startRig(serverPath: string) {
  const folder = mkdtempSync(join(tmpdir(), 'cs-schedules-'));
  let redis: PrivateRedis = await startPrivateRedis({ dataDir: folder, serverPath });
  const runs: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const workers: { stop(): Promise<void> }[] = [];
  const ran = (name: string) => {
    runs.push(name);
    for (const one of waiting) if (runs.length >= one.count) one.resolve();
  };
  const ask = async <T>(question: (client: Redis) => Promise<T>): Promise<T> => {
    const target = redisConnection(redis.url);
    const client = 'path' in target ? new Redis(target.path) : new Redis(target.url);
    try {
      return await question(client);
    } finally {
      client.disconnect();
    }
  };
  return {
    runs,
    start(name: string, everyMs: number, ensureEveryMs = HOUR_MS) {
      const deps = { redisUrl: redis.url, leaseMs: 30_000, logger: silentLogger, ensureEveryMs };
      const worker = startSchedules(deps, { reminders: { everyMs, run: async () => ran(name) } });
      workers.push(worker);
      return worker;
    },
    /** Resolves when there were so many runs since the beginning; the test's own limit ends the waiting. */
    until(count: number): Promise<void> {
      return runs.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve }));
    },
    schedulers: () => ask((client) => client.zrange(`bull:${SCHEDULE_QUEUE}:repeat`, '0', '-1')),
    /** Everything in Redis is gone, after what was running has ended: its end would be written into the emptiness. */
    async empty() {
      await expect.poll(() => ask((client) => client.llen(`bull:${SCHEDULE_QUEUE}:active`))).toBe(0);
      await ask((client) => client.flushall());
    },
    async restart() {
      await redis.stop();
      redis = await startPrivateRedis({ dataDir: folder, serverPath });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describeWith('redisServer', 'a schedule in Redis', ({ redisServer }) => {
  it('runs at the start and then again and again', async () => {
    await using rig = await startRig(redisServer);
    rig.start('a', 200);
    await rig.until(5);
    expect(await rig.schedulers()).toEqual(['reminders']);
  });

  it('runs at the start of every worker, though its next time is far away', async () => {
    await using rig = await startRig(redisServer);
    const first = rig.start('first', HOUR_MS);
    await rig.until(1);
    await first.stop();
    const before = rig.runs.length;
    rig.start('second', HOUR_MS);
    await rig.until(before + 1);
    expect(rig.runs.at(-1)).toBe('second');
  });

  it('is put back and run when Redis was emptied without a word', async () => {
    await using rig = await startRig(redisServer);
    rig.start('a', HOUR_MS, 200);
    await rig.until(1);
    const before = rig.runs.length;
    await rig.empty();
    await rig.until(before + 1);
    expect(await rig.schedulers()).toEqual(['reminders']);
  });

  it('is put back and run when Redis comes back empty', async () => {
    await using rig = await startRig(redisServer);
    rig.start('a', HOUR_MS);
    await rig.until(1);
    const before = rig.runs.length;
    await rig.empty();
    await rig.restart();
    await rig.until(before + 1);
    expect(await rig.schedulers()).toEqual(['reminders']);
  });

  it('goes on in another worker when one is stopped, and is one schedule however many ensure it', async () => {
    await using rig = await startRig(redisServer);
    const first = rig.start('first', 300, 100);
    rig.start('second', 300, 100);
    await rig.until(3);
    expect(await rig.schedulers()).toEqual(['reminders']);
    await first.stop();
    const before = rig.runs.length;
    await rig.until(before + 3);
    expect(rig.runs.slice(before + 1)).toEqual(rig.runs.slice(before + 1).map(() => 'second'));
  });

  it('is not moved by being ensured more often than it runs', async () => {
    await using rig = await startRig(redisServer);
    rig.start('a', 1_000, 100);
    const begun = Date.now();
    await rig.until(4);
    // The first at once, and three after a second each: being ensured ten times a second neither hastens nor delays.
    expect(Date.now() - begun).toBeGreaterThan(2_500);
    expect(Date.now() - begun).toBeLessThan(10_000);
  });
});
