import { loadConfig } from '../core/config/config.ts';
import { asCountersignError } from '../core/errors.ts';
import { makeLogger } from '../core/logger.ts';
import { startSandbox } from './server/sandbox.ts';
import { seedRoles } from './server/seed-roles.ts';

/** `EX_CONFIG` of sysexits.h: a supervisor does not start it again. */
const EXIT_CONFIG = 78;

async function main(): Promise<void> {
  const { config } = loadConfig('sandbox');
  const { slack } = config;
  const logger = makeLogger('sandbox', config.logLevel);
  const sandbox = await startSandbox({
    port: config.sandboxPort,
    dataDir: config.dataDir,
    botUrl: config.sandboxBotUrl,
    demo: { dataDir: config.dataDir, edgePort: config.edgePort },
    logger,
    ...(slack.botToken ? { botToken: slack.botToken } : {}),
    ...(slack.signingSecret ? { signingSecret: slack.signingSecret } : {}),
    ...(slack.appToken ? { appToken: slack.appToken } : {}),
    ...(config.sandboxPageToken ? { pageToken: config.sandboxPageToken } : {}),
  });
  await sandbox.buildPage();

  const draining = new AbortController();
  void seedRoles(sandbox, logger, draining.signal);
  const drain = async (): Promise<void> => {
    draining.abort();
    await sandbox.stop();
    logger.info({}, 'stopped');
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => void drain());
  logger.info({ url: sandbox.url, apiUrl: sandbox.apiUrl }, 'ready');
  if (!config.sandboxPageToken) process.stdout.write(`Open ${sandbox.pageUrl}\n`);
}

main().catch((error: unknown) => {
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    process.stderr.write('SANDBOX_PORT: another program uses this port. Set another one.\n');
    process.exitCode = EXIT_CONFIG;
    return;
  }
  const { code, userMessage, cause } = asCountersignError(error);
  const detail = cause instanceof Error ? `${userMessage} ${cause.message}` : userMessage;
  process.stderr.write(`${detail}\n`);
  process.exitCode = code === 'invalid_configuration' ? EXIT_CONFIG : 1;
});
