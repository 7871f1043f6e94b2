import { systemClock } from '../core/clock.ts';
import { loadConfig } from '../core/config/config.ts';
import { asCountersignError } from '../core/errors.ts';
import { makeLogger } from '../core/logger.ts';
import { makeQueue } from '../core/requests/queue.ts';
import { openStore } from '../core/store/open.ts';
import { startWorker } from './app.ts';

/** EX_CONFIG of sysexits.h: starting again will not help. */
const BAD_CONFIGURATION = 78;
/** Running jobs get this long to end; what does not is taken over by another worker after its lease. */
const DRAIN_MS = 8_000;

function main(): void {
  const { config, keys } = loadConfig('worker');
  const logger = makeLogger('worker', config.logLevel);
  const store = openStore(config.databaseUrl, { busyTimeoutMs: 5_000 });
  const queue = makeQueue(config.redisUrl, logger);
  const worker = startWorker({ config, keys, store, clock: systemClock, queue, logger });

  let draining = false;
  const drain = async () => {
    if (draining) return;
    draining = true;
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
    await worker.stop();
    await queue.close();
    await store.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void drain());
  process.on('SIGINT', () => void drain());
  logger.info({}, 'ready');
}

try {
  main();
} catch (thrown) {
  const error = asCountersignError(thrown);
  process.stderr.write(`${error.code === 'internal' ? (error.cause as Error)?.stack : error.userMessage}\n`);
  process.exitCode = error.code === 'invalid_configuration' ? BAD_CONFIGURATION : 1;
}
