import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { findByHostname, normaliseHostname } from '../decide/hostname.ts';
import { makeUsageCount } from '../feed/usage-count.ts';
import { type AnswerDeps, answer, type Tunnel } from './answer.ts';
import { type EdgeConfig, makeAddressList } from './config.ts';
import { type Connection, clientAddress, presentedOn } from './connection.ts';
import { makeContexts, SECURE_OPTIONS, TLS_VERSIONS } from './contexts.ts';
import { makeDoor } from './door.ts';
import { followEnforcement } from './enforcement.ts';
import type { EnforcementSource } from './feed.ts';
import type { ServerAnswer, ServerRequest } from './incoming.ts';
import { watchLive } from './live.ts';
import { makeOrigins } from './origins.ts';
import { ownAnswer, renderOwn } from './pages.ts';
import { watchServerCertificates } from './server-certificates.ts';

export type GatewayDeps = {
  config: EdgeConfig;
  source: EnforcementSource;
  clock: Clock;
  logger: Logger;
};

export type Gateway = {
  listen(address: string, port: number): Promise<{ port: number }>;
  /** Takes in nothing more, lets what was begun end for a while, then cuts it off. */
  stop(): Promise<void>;
  /** Looks now whether a server certificate has changed, instead of at the next look. */
  reloadServerCertificates(): void;
};

const REPORT_EVERY_MS = 10_000;
const DRAIN_MS = 5_000;
/** Of one client connection; more wait. */
const HTTP2_STREAMS = 128;
/** How much of bodies is taken in before the origin has taken it; the protocol's 64 KiB make uploads slow. */
const HTTP2_STREAM_WINDOW = 512 * 1024;
const HTTP2_WINDOW = 2 * 1024 * 1024;
const MAX_HEADER_OCTETS = 32_768;

/**
 * The embedded edge. A connection goes through the door, which reads the hostname it asks for; to the TLS server that asks
 * for a client certificate, or to the one that does not (`requestCert` is a server's, not a hostname's, in Node); and from
 * there to HTTP/1.1 or HTTP/2, whose every request goes through `answer`.
 * @throws CountersignError `invalid_configuration` when a server certificate cannot be used
 */
export function makeGateway({ config, source, clock, logger }: GatewayDeps): Gateway {
  const { timeouts } = config;
  const certificates = watchServerCertificates(config.hosts, logger);
  const contexts = makeContexts();
  const hosts = new Map(config.hosts.map((host) => [host.hostname, host]));
  const origins = makeOrigins(config);
  const usage = makeUsageCount();
  const live = watchLive({ enforcement: () => enforcement, clock });
  const enforcement = followEnforcement({ source, logger, onChange: () => live.recheck() });
  const deps: AnswerDeps = {
    config,
    enforcement,
    live,
    origins,
    usage,
    clock,
    logger,
    isTrustedProxy: makeAddressList(config.clientAddress?.trusted ?? []),
    makeId: () => randomUUID(),
  };
  const connections = new Map<Duplex, Connection>();
  const isBound = (hostname: string) => enforcement.now()?.policy.boundTo(hostname);

  const http1 = createHttpServer({
    headersTimeout: timeouts.headersSeconds * 1000,
    // Bodies may take as long as they move: what does not is ended by the idle timeout.
    requestTimeout: 0,
    keepAliveTimeout: timeouts.keepAliveSeconds * 1000,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: MAX_HEADER_OCTETS,
    insecureHTTPParser: false,
  });
  // It listens on nothing and is handed its connections; only this starts its look at those that are too slow.
  http1.emit('listening');
  http1.timeout = timeouts.idleSeconds * 1000;
  const serve = (request: ServerRequest, response: ServerAnswer) => {
    const connection = connectionOf(request);
    if (connection) run(connection, request, response);
  };
  const run = (connection: Connection, request: ServerRequest, response: ServerAnswer, tunnel?: Tunnel) => {
    answer(deps, connection, request, response, tunnel).catch((error: unknown) => {
      logger.error({ error, hostname: connection.hostname }, 'a request could not be answered');
      connection.socket.destroy();
    });
  };
  http1.on('request', serve);
  // `Expect: 100-continue` is answered when the request has been let through.
  http1.on('checkContinue', serve);
  http1.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const connection = connections.get(socket);
    if (!connection) return void socket.destroy();
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.once('finish', () => socket.end());
    socket.on('error', () => undefined);
    // Another protocol than a WebSocket, such as cleartext HTTP/2, would take everything behind it past the rules.
    const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket' && request.method === 'GET';
    if (isWebSocket) run(connection, request, response, { socket, head });
    else {
      const { type, body } = renderOwn(ownAnswer(400), String(request.headers.accept ?? ''), randomUUID());
      response.writeHead(400, { 'content-type': type, connection: 'close' }).end(body);
    }
  });
  http1.on('clientError', (error: Error & { code?: string }, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const status = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }[error.code ?? ''] ?? 400;
    logger.info({ problem: error.code, status }, 'no request could be read');
    socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => socket.destroy());
  });

  const http2 = createHttp2Server({
    settings: {
      maxConcurrentStreams: HTTP2_STREAMS,
      maxHeaderListSize: MAX_HEADER_OCTETS,
      initialWindowSize: HTTP2_STREAM_WINDOW,
      enablePush: false,
    },
    maxSessionInvalidFrames: 100,
  });
  let opening: Connection | undefined;
  http2.on('session', (session) => {
    if (!opening) return session.destroy();
    opening.session = session;
    sessions.set(session, opening);
    session.setLocalWindowSize(HTTP2_WINDOW);
    session.setTimeout(timeouts.idleSeconds * 1000, () => session.close());
    session.on('error', (error) => logger.debug({ error }, 'an HTTP/2 session failed'));
  });
  const sessions = new WeakMap<object, Connection>();
  http2.on('request', serve);
  http2.on('checkContinue', serve);
  const connectionOf = (request: ServerRequest) =>
    request.httpVersionMajor === 2
      ? sessions.get((request as Http2ServerRequest).stream.session ?? {})
      : connections.get(request.socket);

  const makeServer = (asked: boolean): TlsServer => {
    const server = createTlsServer({
      SNICallback: (name, done) => {
        const hostname = normaliseHostname(name);
        const host = hostname && findByHostname(hosts, hostname);
        if (!host) return done(new Error('not served here'));
        try {
          const certificate = certificates.of(host.hostname);
          done(null, asked ? contexts.asking(certificate, isBound(hostname) ?? []) : contexts.plain(certificate));
        } catch (error) {
          done(error as Error);
        }
      },
      ALPNProtocols: ['h2', 'http/1.1'],
      requestCert: asked,
      // A certificate that does not count is no error: the request goes on, and the rules decide.
      rejectUnauthorized: false,
      handshakeTimeout: timeouts.handshakeSeconds * 1000,
      secureOptions: SECURE_OPTIONS,
      ...TLS_VERSIONS,
    });
    server.on('secureConnection', (socket) => open(socket, asked));
    server.on('tlsClientError', (error: Error & { code?: string }, socket) => {
      logger.debug({ problem: error.code ?? error.message }, 'a handshake failed');
      socket.destroy();
    });
    return server;
  };
  const open = (socket: TLSSocket, asked: boolean) => {
    socket.on('error', () => undefined);
    const hostname = normaliseHostname(String(socket.servername || ''));
    const host = hostname && findByHostname(hosts, hostname);
    if (!host) return void socket.destroy();
    const connection: Connection = {
      socket,
      session: undefined,
      hostname,
      host,
      asked,
      presented: asked ? presentedOn(socket) : undefined,
      client: clientAddress(socket),
      live: new Set(),
      counted: false,
    };
    connections.set(socket, connection);
    socket.once('close', () => {
      connections.delete(socket);
      live.remove(connection);
    });
    const { presented } = connection;
    if (presented && enforcement.verify(presented, hostname, clock.now())?.verified) {
      connection.counted = true;
      live.add(connection);
    }
    if (socket.alpnProtocol === 'h2') {
      opening = connection;
      http2.emit('connection', socket);
      opening = undefined;
    } else http1.emit('connection', socket);
  };
  const [asking, plain] = [makeServer(true), makeServer(false)];

  const door = makeDoor({
    maxConnections: config.connections,
    helloTimeoutMs: timeouts.handshakeSeconds * 1000,
    admit: (hostname, socket) => {
      if (!findByHostname(hosts, hostname)) return false;
      (isBound(hostname) ? asking : plain).emit('connection', socket);
      return true;
    },
    refused: (why) => logger.debug({ why }, 'a connection was refused'),
  });
  const sockets = new Set<Socket>();
  door.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const report = () => {
    const seen = usage.take();
    if (seen) source.report(seen);
  };
  const reporting = setInterval(report, REPORT_EVERY_MS);
  reporting.unref();

  return {
    listen: (address, port) =>
      new Promise((resolve, reject) => {
        door.once('error', reject);
        door.listen({ host: address, port, backlog: 2_048 }, () => {
          door.off('error', reject);
          resolve({ port: (door.address() as AddressInfo).port });
        });
      }),
    async stop() {
      const closed = new Promise((done) => door.close(done));
      for (const connection of connections.values()) {
        if (connection.session) connection.session.close();
        else if (connection.live.size === 0) connection.socket.end();
      }
      const cut = setTimeout(() => {
        for (const socket of [...connections.keys(), ...sockets]) socket.destroy();
      }, DRAIN_MS);
      await closed;
      clearTimeout(cut);
      clearInterval(reporting);
      report();
      enforcement.stop();
      live.stop();
      certificates.stop();
      http1.close();
      http2.close();
      await origins.close();
    },
    reloadServerCertificates: () => certificates.reload(),
  };
}
