import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type BotAnswer, InteractionFailed, type Kind } from './delivery.ts';
import type { Payload } from './payloads.ts';
import { APP_ID } from './state/model.ts';

/** At most ten connections per app. */
const CONNECTIONS_MAX = 10;
/** Clients take a connection without pings for dead. */
const PING_MS = 10_000;

type Waiting = (payload: unknown) => void;

/** Socket Mode: tickets from `apps.connections.open`, `hello`, envelopes to one connection at a time, acks with payload. */
export class SocketMode {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #connections: WebSocket[] = [];
  readonly #tickets = new Set<string>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #pings = setInterval(() => this.#ping(), PING_MS).unref();
  #turn = 0;

  get isOpen(): boolean {
    return this.#connections.length > 0;
  }

  get connections(): number {
    return this.#connections.length;
  }

  /** The address of one connection; its ticket is good for one use. */
  mintUrl(origin: string): string {
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return `${origin.replace(/^http/, 'ws')}/link?ticket=${ticket}&app_id=${APP_ID}`;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '/', 'http://sandbox').searchParams.get('ticket') ?? '';
    if (!this.#tickets.delete(ticket) || this.#connections.length >= CONNECTIONS_MAX) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (connection) => this.#welcome(connection));
  }

  #welcome(connection: WebSocket): void {
    this.#connections.push(connection);
    connection.on('message', (data) => this.#acknowledge(String(data)));
    connection.on('close', () => this.#forget(connection));
    connection.on('error', () => connection.terminate());
    connection.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#connections.length,
        connection_info: { app_id: APP_ID },
        debug_info: { host: 'sandbox', approximate_connection_time: 18_060 },
      }),
    );
  }

  #forget(connection: WebSocket): void {
    const index = this.#connections.indexOf(connection);
    if (index >= 0) this.#connections.splice(index, 1);
  }

  /** Connections take turns; each envelope goes to one of them. */
  deliver(kind: Kind, payload: Payload, timeoutMs: number): Promise<BotAnswer> {
    this.#turn += 1;
    const connection = this.#connections[this.#turn % this.#connections.length];
    if (!connection) throw new InteractionFailed('dispatch_failed', 'the app has no open connection');
    const envelope_id = randomUUID();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(envelope_id);
        reject(new InteractionFailed('operation_timeout', 'the app did not answer within three seconds'));
      }, timeoutMs);
      const settle = (body: unknown) => {
        clearTimeout(timer);
        resolve({ status: 200, body });
      };
      this.#waiting.set(envelope_id, settle);
      connection.send(
        JSON.stringify({ envelope_id, type: kind, accepts_response_payload: kind !== 'events_api', payload }),
      );
    });
  }

  #acknowledge(data: string): void {
    const { envelope_id, payload } = JSON.parse(data) as { envelope_id?: string; payload?: Record<string, unknown> };
    const waiting = envelope_id === undefined ? undefined : this.#waiting.get(envelope_id);
    if (!waiting || envelope_id === undefined) return;
    this.#waiting.delete(envelope_id);
    waiting(payload && Object.keys(payload).length > 0 ? payload : undefined);
  }

  /** Slack recycles connections every few hours, after a warning. The client leaves and comes back with a new ticket. */
  recycle(reason: 'warning' | 'refresh_requested' = 'refresh_requested'): void {
    for (const connection of this.#connections) connection.send(JSON.stringify({ type: 'disconnect', reason }));
  }

  #ping(): void {
    for (const connection of this.#connections) connection.ping();
  }

  /** Says goodbye, and hangs up on whoever does not answer. */
  async stop(): Promise<void> {
    clearInterval(this.#pings);
    await Promise.all(this.#connections.map((connection) => leave(connection)));
    this.#server.close();
  }
}

const GOODBYE_MS = 500;

async function leave(connection: WebSocket): Promise<void> {
  const closed = new Promise((resolve) => connection.once('close', resolve));
  connection.close(1001);
  const timer = setTimeout(() => connection.terminate(), GOODBYE_MS);
  await closed;
  clearTimeout(timer);
}
