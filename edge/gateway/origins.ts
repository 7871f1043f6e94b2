import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import type { EdgeConfig, HostConfig } from './config.ts';

/**
 * Requests to origins go through undici, the HTTP client of Node's own project. The proxying libraries
 * (http-proxy-3, httpxy) take the request from Node's server and answer it themselves; here, between the two, stand the
 * rewriting of headers, a certificate that may be revoked while the answer runs, and HTTP/2 on one side alone. undici
 * is the part of proxying that is hard to do well (pools, keep-alive, backpressure, timeouts of each phase, framing
 * that is checked), and leaves the rest to us.
 */
export type Origins = {
  of(host: HostConfig): Pool;
  close(): Promise<void>;
};

/** Connections to one origin; what comes beyond that waits for one to be free. */
const CONNECTIONS = 1_024;

/** @throws Error when the file of an origin's authority cannot be read */
export function makeOrigins({ hosts, timeouts }: EdgeConfig): Origins {
  const pools = new Map<string, Pool>();
  for (const { hostname, origin, originAuthority } of hosts) {
    const connect = buildConnector({
      timeout: timeouts.originConnectSeconds * 1000,
      ...(originAuthority ? { ca: readFileSync(originAuthority) } : {}),
    });
    const { hostname: originName } = new URL(origin);
    // An address has no name to be sent, and is checked as an address.
    const servername = isIP(originName.replace(/^\[|\]$/g, '')) ? '' : originName;
    pools.set(
      hostname,
      new Pool(origin, {
        connections: CONNECTIONS,
        pipelining: 1,
        // Shorter than what servers commonly have, so that it is mostly us who close.
        keepAliveTimeout: 4_000,
        headersTimeout: timeouts.originAnswerSeconds * 1000,
        bodyTimeout: timeouts.idleSeconds * 1000,
        // The origin's certificate is for the origin; undici would look for the name in Host, which is the client's.
        connect: (options, done) => connect({ ...options, servername }, done),
      }),
    );
  }
  return {
    of: ({ hostname }) => pools.get(hostname) as Pool,
    close: async () => void (await Promise.all([...pools.values()].map((pool) => pool.destroy()))),
  };
}

export type Upgraded =
  | { kind: 'tunnel'; headers: IncomingHttpHeaders; socket: Duplex }
  | { kind: 'answer'; statusCode: number; headers: IncomingHttpHeaders; body: Readable };

/** Asks for a WebSocket. An origin that declines has its answer passed on like any other, so it is told apart here. */
export function upgradeAt(
  pool: Pool,
  request: { path: string; headers: string[]; signal: AbortSignal },
): Promise<Upgraded> {
  const { path, headers, signal } = request;
  return new Promise((resolve, reject) => {
    let body: Readable | undefined;
    let abort: (reason: Error) => void = () => undefined;
    const fail = () => abort(signal.reason as Error);
    signal.addEventListener('abort', fail, { once: true });
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (controller) => {
        abort = (reason) => controller.abort(reason);
        if (signal.aborted) fail();
      },
      onRequestUpgrade: (_controller, _status, answered, socket) => {
        signal.removeEventListener('abort', fail);
        resolve({ kind: 'tunnel', headers: answered, socket });
      },
      onResponseStart: (controller, statusCode, answered) => {
        // An interim answer; the one that counts follows.
        if (statusCode < 200) return;
        body = new Readable({
          read: () => controller.resume(),
          destroy: (error, done) => {
            if (error) abort(error);
            done(error);
          },
        });
        resolve({ kind: 'answer', statusCode, headers: answered, body });
      },
      onResponseData: (controller, chunk) => {
        if (body?.push(chunk) === false) controller.pause();
      },
      onResponseEnd: () => void body?.push(null),
      onResponseError: (_controller, error) => {
        if (body) body.destroy(error);
        else reject(error);
      },
    };
    pool.dispatch({ method: 'GET', path, headers, upgrade: 'websocket' }, handler);
  });
}
