import type { Config, ProcessName } from './config/config.ts';
import { loadConfig } from './config/config.ts';
import type { SealingKeys } from './config/secrets.ts';
import { CountersignError } from './errors.ts';
import { type Logger, makeLogger } from './logger.ts';

/** EX_CONFIG of sysexits.h, a configuration that cannot be used: starting again will not help. */
const EX_CONFIG = 78;

/** What a process is made from, and how it ends. */
export type Running = {
  /** Facts for the line that says it is ready. */
  ready: Readonly<Record<string, unknown>>;
  /** Takes in nothing more and resolves when what was begun has ended. */
  stop(): Promise<void>;
};

/**
 * The life of a process: configuration, start, and on SIGTERM or SIGINT an orderly end. What has not ended in time is
 * cut off; whoever takes over finds it in the database.
 * @param drainMs how long `stop` may take.
 */
export function runProcess(
  name: ProcessName,
  drainMs: number,
  start: (given: { config: Config; keys: SealingKeys; logger: Logger }) => Running | Promise<Running>,
): void {
  run(name, drainMs, start).catch((error: unknown) => {
    const known = error instanceof CountersignError && error.code === 'invalid_configuration';
    process.stderr.write(`${known ? error.userMessage : error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(known ? EX_CONFIG : 1);
  });
}

async function run(name: ProcessName, drainMs: number, start: Parameters<typeof runProcess>[2]): Promise<void> {
  const { config, keys } = loadConfig(name);
  const logger = makeLogger(name, config.logLevel);
  const running = await start({ config, keys, logger });

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
    }, drainMs).unref();
    await running.stop().catch((error: unknown) => {
      logger.error({ error }, 'stopping failed');
      process.exit(1);
    });
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
  logger.info(running.ready, 'ready');
}
