import type { AddressInfo } from 'node:net';
import { App, type Logger, LogLevel } from '@slack/bolt';
import { WebClient, type WebClientOptions } from '@slack/web-api';
import type { Sandbox } from '../../../sandbox/server/sandbox.ts';
import { MANIFEST_SCOPES } from '../../../sandbox/server/scopes.ts';

/** Refusals are what these tests provoke: they need no lines on the screen. */
const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

/** A small real Bolt app at a free port, connected to the sandbox over HTTP or Socket Mode. */
export async function startApp(
  sandbox: Sandbox,
  listen: (app: App) => void,
  mode: 'http' | 'socket' = 'http',
): Promise<AsyncDisposable & { app: App }> {
  const common = {
    token: sandbox.botToken,
    logger: quiet,
    clientOptions: { slackApiUrl: sandbox.apiUrl, retryConfig: { retries: 0 } },
  };
  const app =
    mode === 'http'
      ? new App({ ...common, signingSecret: sandbox.signingSecret })
      : new App({ ...common, socketMode: true, appToken: sandbox.appToken });
  listen(app);
  const server = await app.start({ port: 0, host: '127.0.0.1' });
  if (mode === 'http') {
    const { port } = (server as { address(): AddressInfo }).address();
    sandbox.setBotUrl(`http://127.0.0.1:${port}/slack/events`);
  }
  return {
    app,
    async [Symbol.asyncDispose]() {
      await app.stop();
    },
  };
}

export function makeClient(sandbox: Sandbox, options: WebClientOptions = {}): WebClient {
  return new WebClient(sandbox.botToken, {
    slackApiUrl: sandbox.apiUrl,
    retryConfig: { retries: 0 },
    logger: quiet,
    ...options,
  });
}

/** The Web API error of a refused call, with Slack's messages. */
export async function refusal(call: Promise<unknown>): Promise<{ error: string; messages: string[] }> {
  try {
    await call;
  } catch (error) {
    const { data } = error as { data?: { error: string; response_metadata?: { messages?: string[] } } };
    if (!data) throw error;
    return { error: data.error, messages: data.response_metadata?.messages ?? [] };
  }
  throw new Error('The call was not refused.');
}

/** For what the sandbox offers beyond what Countersign asks for. */
export const MORE_SCOPES = [...MANIFEST_SCOPES, 'channels:join', 'users:read.email'];

/** A clock that stands still until it is moved. It begins now, since Bolt compares signatures with the real time. */
export class TestClock {
  #now = Date.now();

  now(): Date {
    return new Date(this.#now);
  }

  forward(ms: number): void {
    this.#now += ms;
  }
}

export const plain = (text: string) => ({ type: 'plain_text' as const, text });
export const section = (text: string) => ({ type: 'section' as const, text: plain(text) });
export const modal = (title = 'A modal', blocks: object[] = [section('Hello')]) =>
  ({ type: 'modal', title: plain(title), submit: plain('Go'), callback_id: 'm', blocks }) as never;
