import { SocketModeReceiver } from '@slack/bolt';
import type { Logger } from '../../core/logger.ts';
import { makeBoltLogger } from './bolt-logger.ts';

export type SocketConnection = { receiver: SocketModeReceiver; start(): void; stop(): Promise<void> };

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A connection that has not said hello by then is given up and made anew. */
const HELLO_MS = 15_000;
/** A connection that lasted this long was a good one, which Slack renews every few hours: the next follows at once. */
const GOOD_AFTER_MS = 10_000;

/**
 * Socket Mode, connected for as long as the process lives: every end of a connection, and every failure to make one,
 * is followed by another attempt after a growing pause. The library's own reconnecting is off, because a failure in
 * it is an unhandled rejection that ends the process, and because it gives up when Slack cannot be reached.
 */
export function connectSocket(deps: { appToken: string; apiUrl: string; logger: Logger }): SocketConnection {
  const { logger } = deps;
  const receiver = new SocketModeReceiver({
    appToken: deps.appToken,
    logger: makeBoltLogger(logger),
    autoReconnectEnabled: false,
    installerOptions: {
      clientOptions: {
        slackApiUrl: deps.apiUrl,
        timeout: 10_000,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
      },
    },
  });
  const { client } = receiver;
  client.on('connected', () => logger.info({}, 'connected to Slack'));
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  /** Resolves when a connection has ended, with how long it lasted; fails when none could be made. */
  const connectOnce = async (): Promise<number> => {
    let onEnd: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      onEnd = resolve;
    });
    client.once('disconnected', onEnd);
    const hello = setTimeout(() => void client.disconnect(), HELLO_MS);
    try {
      await client.start();
      clearTimeout(hello);
      const connectedAt = performance.now();
      if (stopping.signal.aborted) await client.disconnect();
      await ended;
      return performance.now() - connectedAt;
    } finally {
      clearTimeout(hello);
      client.off('disconnected', onEnd);
    }
  };

  const stayConnected = async (): Promise<void> => {
    let pauseMs = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      const lastedMs = await connectOnce().catch((error: unknown) => {
        logger.warn({ error, pauseMs }, 'Slack cannot be reached');
        return 0;
      });
      if (lastedMs > GOOD_AFTER_MS) {
        pauseMs = FIRST_PAUSE_MS;
        continue;
      }
      await pause(pauseMs, stopping.signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  };

  return {
    receiver,
    start: () => {
      running = stayConnected();
    },
    stop: async () => {
      stopping.abort();
      await client.disconnect();
      await running;
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
