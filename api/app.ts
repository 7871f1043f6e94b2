import { randomUUID } from 'node:crypto';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { ApiDeps } from './deps.ts';
import { describeEsaProblem } from './esa/problem.ts';
import { makeMetrics } from './metrics.ts';
import { describeProblem, HttpError, PROBLEM_TYPE } from './problem.ts';
import { ROUTES } from './routes/index.ts';

export type Api = {
  app: FastifyInstance;
  /** @returns where it listens; `tlsPort` where it was given a certificate. */
  start(): Promise<{ port: number; tlsPort: number | undefined }>;
  /** Takes in nothing more and resolves when what was begun has ended, or was cut off because it took too long. */
  stop(): Promise<void>;
};

/** How long an answer that is under way may go on after `stop`. */
const DRAIN_MS = 5_000;

/** With every answer, also those that no hook sees. */
const ALWAYS = { 'x-content-type-options': 'nosniff' };

/** What one address is sent at most; a route that takes more says so itself. */
const BODY_LIMIT = 16 * 1024;
const CONNECTIONS = 4_096;
/**
 * A request must have arrived by then; a connection on which nothing moves is closed. Counted from when a connection was
 * taken, so that a thousand programs that connect at the same instant are all heard, on a busy machine too.
 */
const TIMEOUTS = {
  requestTimeout: 20_000,
  connectionTimeout: 60_000,
  keepAliveTimeout: 65_000,
  headersTimeout: 10_000,
};
/** Node looks at its timeouts only every 30 s otherwise. */
const CHECKING_MS = 1_000;

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the OpenAPI, for the log: which operation was called, and the code of its error. */
    operation?: string;
    code?: string;
  }
}

/** The HTTP server with its routes. Holds no state of the process. */
export function makeApi(deps: ApiDeps): Api {
  const { config, logger } = deps;
  const metrics = makeMetrics(deps);
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: TIMEOUTS.requestTimeout,
    connectionTimeout: TIMEOUTS.connectionTimeout,
    keepAliveTimeout: TIMEOUTS.keepAliveTimeout,
    http: { headersTimeout: TIMEOUTS.headersTimeout, connectionsCheckingInterval: CHECKING_MS },
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 200 },
    genReqId: () => randomUUID(),
    frameworkErrors: (error, request, reply) => sendProblem(deps, error, request, reply),
    clientErrorHandler: answerNonsense,
  });
  app.server.maxConnections = CONNECTIONS;
  // Every route names the types it takes.
  app.removeAllContentTypeParsers();
  app.setErrorHandler((error, request, reply) => sendProblem(deps, error, request, reply));
  app.setNotFoundHandler((request, reply) => sendProblem(deps, new HttpError(404), request, reply));
  app.addHook('onSend', async (_request, reply) => void reply.headers(ALWAYS));
  app.addHook('onResponse', async (request, reply) => logAccess(deps, request, reply));
  app.addHook('onResponse', async (request, reply) => {
    const operation = request.operation ?? routeOf(request) ?? 'none';
    metrics.answered({ operation, status: reply.statusCode, seconds: reply.elapsedTime / 1_000 });
  });
  for (const addRoute of ROUTES) app.register(async (scope) => addRoute(scope, { ...deps, metrics }));

  const tls = config.apiTls && makeTls(app, config.apiTls);

  return {
    app,
    start: async () => {
      await app.listen({ port: config.apiPort, host: config.host });
      const tlsPort = tls && config.apiTls ? await listen(tls, config.apiTls.port, config.host) : undefined;
      return { port: (app.server.address() as AddressInfo).port, tlsPort };
    },
    stop: async () => {
      const cut = setTimeout(() => {
        logger.warn({}, 'answers that took too long were cut off');
        app.server.closeAllConnections();
        tls?.closeAllConnections();
      }, DRAIN_MS);
      const tlsClosed = tls?.listening && new Promise((resolve) => tls.close(resolve));
      tls?.closeIdleConnections();
      await app.close();
      await tlsClosed;
      clearTimeout(cut);
    },
  };
}

/** The same routes over TLS, with the same limits. */
function makeTls(app: FastifyInstance, { certificate, key }: { certificate: string; key: string }): TlsServer {
  const server = createTlsServer(
    {
      cert: certificate,
      key,
      minVersion: 'TLSv1.2',
      requestTimeout: TIMEOUTS.requestTimeout,
      headersTimeout: TIMEOUTS.headersTimeout,
      keepAliveTimeout: TIMEOUTS.keepAliveTimeout,
      connectionsCheckingInterval: CHECKING_MS,
      handshakeTimeout: TIMEOUTS.headersTimeout,
    },
    (request, response) => app.routing(request, response),
  );
  server.setTimeout(TIMEOUTS.connectionTimeout);
  server.maxConnections = CONNECTIONS;
  server.on('clientError', answerNonsense);
  return server;
}

function listen(server: TlsServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function sendProblem(deps: ApiDeps, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, headers, body, failure } = describeProblem(thrown, () => request.id.slice(0, 8));
  if (failure)
    deps.logger.error({ incident: body.incident, route: routeOf(request), error: failure }, 'request failed');
  // A body that was not read to its end makes the connection unusable.
  if (status === 413 || status === 415) reply.header('connection', 'close');
  return reply
    .code(status)
    .headers(ALWAYS)
    .headers(headers)
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE)
    .send(body);
}

/** What was asked and how it was answered: never a query or a body, and of an address that exists only its pattern. */
function logAccess({ logger }: ApiDeps, request: FastifyRequest, reply: FastifyReply): void {
  const route = routeOf(request);
  if (route === '/healthz' || route === '/readyz' || route === '/metrics') return;
  // Every edge reports every few seconds: that it did is worth no line, that it could not is.
  const level = route?.startsWith('/edge/') && reply.statusCode < 400 ? 'debug' : 'info';
  const path = route === undefined ? request.url.split('?', 1)[0]?.slice(0, 200) : undefined;
  const { statusCode: status } = reply;
  const ms = Math.round(reply.elapsedTime * 10) / 10;
  const { operation, code } = request;
  logger[level]({ method: request.method, route, operation, path, status, code, ms }, 'answered');
}

function routeOf(request: FastifyRequest): string | undefined {
  return request.routeOptions.url;
}

/** What is not HTTP, or too slow or too large for it, is told so before any route has seen it. */
function answerNonsense(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }[error.code ?? ''] ?? 400;
  const problem = new HttpError(status);
  const { body } = describeProblem(problem, randomUUID);
  // Nobody knows yet what was to be asked for: it is told in the form of the OpenAPI as well.
  const text = JSON.stringify({ ...body, ...describeEsaProblem(problem, randomUUID().toUpperCase()).body });
  socket.end(
    `HTTP/1.1 ${status} ${body.title}\r\nconnection: close\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}
