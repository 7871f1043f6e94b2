import { App } from '@slack/bolt';
import type { BotDeps } from './deps.ts';
import { makeGroups } from './groups.ts';
import { CALLING_MS } from './limit.ts';
import { addListeners } from './listeners.ts';
import { makeBoltLogger } from './receiver/bolt-logger.ts';
import { makeHttpServer } from './receiver/http-server.ts';
import { makeSlackEndpoint } from './receiver/slack-endpoint.ts';
import { connectSocket } from './receiver/socket-mode.ts';
import { makeWorkspaceGroups } from './workspace-groups.ts';

export type Bot = {
  app: App;
  /** Listens; resolves without Slack, which need not be reachable. */
  start(): Promise<{ port: number }>;
  /** Takes in nothing more and resolves when everything that was begun has ended. */
  stop(): Promise<void>;
};

/** How long an answer through a response_url may take: nothing else waits for it. */
const RESPONDING_MS = 5_000;

/** The Bolt app with its way in: HTTP or Socket Mode, as the configuration says. Holds no state of the process. */
export function makeBot(deps: Omit<BotDeps, 'groups' | 'workspaceGroups'>): Bot {
  const { config, logger, store, clock } = deps;
  const { slack } = config;
  const socket =
    slack.mode === 'socket' && slack.appToken
      ? connectSocket({ appToken: slack.appToken, apiUrl: slack.apiUrl, logger })
      : undefined;
  const endpoint = socket ? undefined : makeSlackEndpoint({ secret: slack.signingSecret, store, clock, logger });
  const server = makeHttpServer(endpoint, logger);
  const work = new Set<Promise<unknown>>();

  const app = new App({
    receiver: (socket?.receiver ?? endpoint?.receiver) as NonNullable<typeof endpoint>['receiver'],
    // Not `token`: with it Bolt asks Slack who it is, and an unreachable Slack would then end the process.
    authorize: async () => ({ botToken: slack.botToken }),
    ignoreSelf: false,
    convoStore: false,
    logger: makeBoltLogger(logger),
    clientOptions: {
      slackApiUrl: slack.apiUrl,
      // Somebody waits for every call, and its trigger dies: no call is worth repeating.
      timeout: CALLING_MS,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      fetch: (url, init) => fetch(url, { ...init, signal: init?.signal ?? AbortSignal.timeout(RESPONDING_MS) }),
    },
  });
  app.use(async ({ next }) => {
    const running = next();
    work.add(running);
    await running.finally(() => work.delete(running));
  });
  app.error(async (error) => logger.error({ error }, 'a listener failed without an answer'));
  const nowMs = () => clock.now().getTime();
  const groups = makeGroups(app.client, slack.botToken, nowMs);
  const workspaceGroups = makeWorkspaceGroups(app.client, slack.botToken, nowMs);
  addListeners(app, { ...deps, groups, workspaceGroups });

  return {
    app,
    start: async () => {
      const listening = await server.listen(config.port, config.host);
      socket?.start();
      return listening;
    },
    stop: async () => {
      const drained = server.drain();
      while (work.size > 0) await Promise.allSettled(work);
      await Promise.all([drained, socket?.stop()]);
    },
  };
}
