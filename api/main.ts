import { makeKeyMaker } from '../core/ca/key-maker.ts';
import { systemClock } from '../core/clock.ts';
import { makeQueue } from '../core/requests/queue.ts';
import { connectRedis } from '../core/requests/redis.ts';
import { runProcess } from '../core/run-process.ts';
import { openStore } from '../core/store/open.ts';
import { makeApi } from './app.ts';

/** RSA keys made ahead once somebody has asked for one. */
const RSA_KEYS_AHEAD = { 'rsa-2048': 4 } as const;
/** A program waits for longer than a person in Slack; of a crowd of them the last one waits for all others. */
const BUSY_MS = 5_000;

runProcess('api', 10_000, async ({ config, keys, logger }) => {
  const store = openStore(config.databaseUrl, { busyTimeoutMs: BUSY_MS });
  const queue = makeQueue(config.redisUrl, logger);
  const redis = connectRedis(config.redisUrl);
  redis.on('error', (error) => logger.debug({ error }, 'redis connection'));
  const keyMaking = new AbortController();
  const makeKeyPair = makeKeyMaker(keyMaking.signal, RSA_KEYS_AHEAD);
  const api = makeApi({ config, keys, store, clock: systemClock, logger, announce: queue, redis, makeKeyPair });
  const { port, tlsPort } = await api.start();
  return {
    ready: { port, tlsPort, host: config.host },
    async stop() {
      await api.stop();
      keyMaking.abort();
      await queue.close();
      redis.disconnect();
      await store.close();
    },
  };
});
