import { systemClock } from '../core/clock.ts';
import { loadConfig } from '../core/config/config.ts';
import { CountersignError } from '../core/errors.ts';
import { makeLogger } from '../core/logger.ts';
import { openStore } from '../core/store/open.ts';
import { makeApi } from './app.ts';

/** The exit code of a configuration that cannot be used (sysexits.h, EX_CONFIG). */
const EX_CONFIG = 78;
const DRAIN_MS = 10_000;

async function main(): Promise<void> {
  const { config, keys } = loadConfig('api');
  const logger = makeLogger('api', config.logLevel);
  const store = openStore(config.databaseUrl);
  const api = makeApi({ config, keys, store, clock: systemClock, logger });

  // What a library lets fall must not take everybody's answers with it.
  process.on('unhandledRejection', (error) => logger.error({ error }, 'a rejection was not handled'));

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.warn({}, 'not everything ended in time');
      process.exit(1);
    }, DRAIN_MS).unref();
    await api.stop();
    await store.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        logger.error({ error }, 'stopping failed');
        process.exit(1);
      });
    });
  }

  const { port } = await api.start();
  logger.info({ port, host: config.host }, 'ready');
}

main().catch((error: unknown) => {
  if (error instanceof CountersignError && error.code === 'invalid_configuration') {
    process.stderr.write(`${error.userMessage}\n`);
    process.exit(EX_CONFIG);
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
