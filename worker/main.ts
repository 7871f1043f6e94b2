import { systemClock } from '../core/clock.ts';
import { makeQueue } from '../core/requests/queue.ts';
import { runProcess } from '../core/run-process.ts';
import { openStore } from '../core/store/open.ts';
import { startWorker } from './app.ts';

/** Running jobs get this long to end; what does not is taken over by another worker after its lease. */
const DRAIN_MS = 8_000;

runProcess('worker', DRAIN_MS, ({ config, keys, logger }) => {
  const store = openStore(config.databaseUrl, { busyTimeoutMs: 5_000 });
  const queue = makeQueue(config.redisUrl, logger);
  const worker = startWorker({ config, keys, store, clock: systemClock, queue, logger });
  return {
    ready: {},
    async stop() {
      await worker.stop();
      await queue.close();
      await store.close();
    },
  };
});
