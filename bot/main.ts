import { systemClock } from '../core/clock.ts';
import { makeQueue } from '../core/requests/queue.ts';
import { runProcess } from '../core/run-process.ts';
import { openStore } from '../core/store/open.ts';
import { makeBot } from './app.ts';

runProcess('bot', 10_000, async ({ config, keys, logger }) => {
  const store = openStore(config.databaseUrl);
  const queue = makeQueue(config.redisUrl, logger);
  const bot = makeBot({ config, keys, store, clock: systemClock, announce: queue, logger });
  const { port } = await bot.start();
  return {
    ready: { port, host: config.host, mode: config.slack.mode },
    async stop() {
      await bot.stop();
      await queue.close();
      await store.close();
    },
  };
});
