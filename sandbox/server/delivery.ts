import { createHmac } from 'node:crypto';
import type { Payload } from './payloads.ts';
import type { SocketMode } from './socket-mode.ts';
import type { World } from './world.ts';

/** How Slack calls an app: over HTTP, signed, or as an envelope through an open Socket Mode connection. */
export type Kind = 'slash_commands' | 'interactive' | 'events_api';

/** What the app answered: its body (JSON where it is JSON, else text), empty as undefined. */
export type BotAnswer = { status: number; body: unknown };

/** What Slack tells the person: the app did not answer in time, or could not be reached or refused. */
export class InteractionFailed extends Error {
  readonly code: 'operation_timeout' | 'dispatch_failed';
  readonly status: number | undefined;

  constructor(code: 'operation_timeout' | 'dispatch_failed', detail: string, status?: number, cause?: unknown) {
    super(`${code}: ${detail}`, { cause });
    this.name = 'InteractionFailed';
    this.code = code;
    this.status = status;
  }
}

/** For tests of what a stranger could send: forged, stale, future or repeated requests. */
export type Overrides = {
  timestamp?: number;
  signature?: string;
  signingSecret?: string;
  headers?: Record<string, string>;
  /** The raw body; replaces the payload. */
  body?: string;
};

export function sign(secret: string, timestamp: number | string, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}

export class Delivery {
  readonly #world: World;
  readonly #socket: SocketMode;
  readonly #ackTimeoutMs: number;
  botUrl: string | undefined;

  constructor(world: World, socket: SocketMode, options: { botUrl: string | undefined; ackTimeoutMs: number }) {
    this.#world = world;
    this.#socket = socket;
    this.botUrl = options.botUrl;
    this.#ackTimeoutMs = options.ackTimeoutMs;
  }

  /** @throws InteractionFailed unless the app answered 2xx in time. */
  async deliver(kind: Kind, payload: Payload, retry?: { num: number; reason: string }): Promise<BotAnswer> {
    if (this.#socket.isOpen) return this.#socket.deliver(kind, payload, this.#ackTimeoutMs);
    const headers: Record<string, string> = retry
      ? { 'x-slack-retry-num': String(retry.num), 'x-slack-retry-reason': retry.reason }
      : {};
    const answer = await this.post(kind, payload, { headers });
    if (answer.status < 200 || answer.status > 299) {
      throw new InteractionFailed('dispatch_failed', `the app answered ${answer.status}`, answer.status);
    }
    return answer;
  }

  /** An event, delivered once more (at once, with the same `event_id`) when the app fails. @throws InteractionFailed */
  async deliverEvent(payload: Payload): Promise<void> {
    await this.deliver('events_api', payload).catch((error: InteractionFailed) => {
      const reason = error.code === 'operation_timeout' ? 'http_timeout' : 'http_error';
      return this.deliver('events_api', payload, { num: 1, reason });
    });
  }

  /** Posts to the app's URL and tells its answer, whatever it is. */
  async post(kind: Kind, payload: Payload, overrides: Overrides = {}): Promise<BotAnswer> {
    if (this.botUrl === undefined)
      throw new InteractionFailed('dispatch_failed', 'the app has no URL and no connection');
    const body = overrides.body ?? encode(kind, payload);
    const timestamp = overrides.timestamp ?? Math.floor(this.#world.clock.now().getTime() / 1000);
    const secret = overrides.signingSecret ?? this.#world.credentials.signingSecret;
    try {
      const response = await fetch(this.botUrl, {
        method: 'POST',
        headers: {
          'content-type': kind === 'events_api' ? 'application/json' : 'application/x-www-form-urlencoded',
          'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
          'x-slack-request-timestamp': String(timestamp),
          'x-slack-signature': overrides.signature ?? sign(secret, timestamp, body),
          ...overrides.headers,
        },
        body,
        signal: AbortSignal.timeout(this.#ackTimeoutMs),
      });
      return { status: response.status, body: parseBody(await response.text()) };
    } catch (error) {
      throw asFailure(error);
    }
  }
}

function asFailure(error: unknown): InteractionFailed {
  if ((error as Error).name === 'TimeoutError') {
    return new InteractionFailed('operation_timeout', 'the app did not answer within three seconds');
  }
  return new InteractionFailed('dispatch_failed', 'the app cannot be reached', undefined, error);
}

/** Commands are a form, interactions a form with one field, events JSON. */
export function encode(kind: Kind, payload: Payload): string {
  if (kind === 'events_api') return JSON.stringify(payload);
  if (kind === 'interactive') return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return new URLSearchParams(payload as Record<string, string>).toString();
}

function parseBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
