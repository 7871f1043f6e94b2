import { systemClock } from '../core/clock.ts';
import { runProcess } from '../core/run-process.ts';
import { openStore } from '../core/store/open.ts';
import { makeApi } from './app.ts';

runProcess('api', 10_000, async ({ config, keys, logger }) => {
  const store = openStore(config.databaseUrl);
  const api = makeApi({ config, keys, store, clock: systemClock, logger });
  const { port } = await api.start();
  return {
    ready: { port, host: config.host },
    async stop() {
      await api.stop();
      await store.close();
    },
  };
});
