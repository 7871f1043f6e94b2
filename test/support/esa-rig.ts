import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { vi } from 'vitest';
import { makeApi } from '../../api/app.ts';
import { makeKeyPair } from '../../core/ca/keys.ts';
import { loadConfig } from '../../core/config/config.ts';
import { makeLogger } from '../../core/logger.ts';
import { connectRedis } from '../../core/requests/redis.ts';
import type { AccessKey } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { startPrivateRedis } from '../../start/redis/private.ts';
import { carryOut } from '../../worker/processor.ts';
import { apiEnvironment } from './api-env.ts';
import { give } from './approving.ts';
import { awayRedis } from './away-redis.ts';
import { insertAccessKey } from './insert-access-key.ts';
import { connect } from './sdk.ts';
import { tools } from './tools.ts';
import { site, startWorkerRig } from './worker-rig.ts';

export type EsaRig = Awaited<ReturnType<typeof startEsaRig>>;

/**
 * The OpenAPI over HTTP with everything behind it: the api, a real Redis, and a worker that carries out at once what the
 * api records (in this process; `worker.settle` sends messages and does what is due). The site of the rig is
 * example.com; ada is its administrator, alice an operator, bob an approver.
 * @param options `env`: of the api. `wrap`: its store, for failures.
 */
export async function startEsaRig(options: { env?: Record<string, string>; wrap?: (store: Store) => Store } = {}) {
  const worker = await startWorkerRig();
  await give(worker, 'U0BOB', 'approver');
  const { redis, stopRedis } = await startRedis();
  const { store, clock, keys, jobDeps } = worker;
  const log: string[] = [];
  const logger = makeLogger('api', 'debug', (line) => void log.push(line));
  const { config, keys: given } = loadConfig('api', { ...apiEnvironment(keys), ...options.env });

  /** Requests that are being carried out. */
  const running = new Set<Promise<void>>();
  const state = { pausedUntil: Promise.resolve() };
  const pump = async (id: string) => {
    await state.pausedUntil;
    for (let tries = 0; tries < 50; tries++) {
      await carryOut(jobDeps, id);
      if ((await store.request(id))?.state !== 'recorded') return;
      // Overtaken: whoever was faster gets a turn, as in the wait before a worker's next try.
      await turn();
    }
  };
  const announce = {
    request: ({ id }: { id: string }) => {
      const work = pump(id).finally(() => running.delete(work));
      running.add(work);
    },
    message: () => undefined,
  };
  const wrapped = options.wrap ? options.wrap(store) : store;
  const api = makeApi({ config, keys: given, store: wrapped, clock, logger, announce, redis, makeKeyPair });
  const { port, tlsPort } = await api.start();

  return {
    worker,
    store,
    clock,
    api,
    redis,
    site,
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    tlsPort,
    /** Every line that the api has logged. */
    log,
    /** An access key as it is after it was shown, and the SDK's client for it. `agreed`: nobody was asked where false. */
    async key(set: Partial<AccessKey> & { agreed?: boolean } = {}) {
      const times = { createdAt: clock.now(), shownAt: clock.now() };
      const { row, secret } = await insertAccessKey(store, keys, { ...times, ...set });
      return { row, secret, client: connect(`127.0.0.1:${port}`, row.accessKeyId, secret) };
    },
    /** Until the returned function is called, nothing that is recorded is carried out. */
    pauseWorker(): () => void {
      let resume: () => void = () => undefined;
      state.pausedUntil = new Promise((resolve) => {
        resume = resolve;
      });
      return () => resume();
    },
    /** When nothing is being carried out any more. */
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
    /** Time goes on: here, and for the SDK, which dates its calls by itself. */
    advance(ms: number) {
      clock.advance(ms);
      vi.setSystemTime(clock.now());
    },
    async [Symbol.asyncDispose]() {
      await api.stop();
      await Promise.all(running);
      vi.useRealTimers();
      await stopRedis();
      await worker[Symbol.asyncDispose]();
    },
  };
}

/** A real one where there is a server; what is tested must be the same without it. */
async function startRedis(): Promise<{ redis: Redis; stopRedis: () => Promise<void> }> {
  if (tools.redisServer === undefined) return { redis: awayRedis(), stopRedis: async () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'cs-esa-'));
  const server = await startPrivateRedis({ dataDir: folder, serverPath: tools.redisServer });
  const redis = connectRedis(server.url);
  redis.on('error', () => undefined);
  await once(redis, 'ready');
  const stopRedis = async () => {
    redis.disconnect();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { redis, stopRedis };
}
