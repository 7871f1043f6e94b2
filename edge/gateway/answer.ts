import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import { type Duplex, PassThrough, pipeline, type Writable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { parseAddress } from '../../core/waf/address.ts';
import { type Facts, factsOf } from '../../core/waf/facts.ts';
import { decideByRules, type RulesDecision } from '../decide/rules.ts';
import { certificateFactsOf } from '../decide/told.ts';
import type { Verification } from '../decide/verify.ts';
import type { UsageCount } from '../feed/usage-count.ts';
import type { EdgeConfig } from './config.ts';
import type { Connection, Exchange } from './connection.ts';
import type { Enforcement } from './enforcement.ts';
import { headersForClient, headersForOrigin } from './headers.ts';
import { headerMap, type Incoming, readIncoming, type ServerAnswer, type ServerRequest } from './incoming.ts';
import type { LiveConnections } from './live.ts';
import { type Origins, upgradeAt } from './origins.ts';
import { type OwnAnswer, ownAnswer, renderOwn } from './pages.ts';

export type AnswerDeps = {
  config: EdgeConfig;
  enforcement: Enforcement;
  live: LiveConnections;
  origins: Origins;
  usage: UsageCount;
  clock: Clock;
  logger: Logger;
  isTrustedProxy(address: string): boolean;
  makeId(): string;
};

/** What the access log says of one request, filled in as it is found out. */
type Seen = {
  id: string;
  startedAt: number;
  incoming?: Incoming;
  verification?: Verification | undefined;
  decision?: RulesDecision;
  client: string;
  status: number;
  /** What went wrong behind us, or why we refused. */
  problem?: string;
};

/** The socket of a request that asks for a WebSocket, and what came behind its headers. */
export type Tunnel = { socket: Duplex; head: Buffer };

/** For how long what a refused client still sends is read and dropped, so that it sees the answer (RFC 9112 9.6). */
const LINGER_MS = 5_000;
const TUNNEL_LISTENERS = 20;
/** What may be asked a second time on another connection, when an origin has just closed an idle one. */
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * One request, from its headers to the end of its answer: read strictly, certificate judged now, rules in their order,
 * then to the origin. Every way out of here is logged once.
 */
export async function answer(
  deps: AnswerDeps,
  connection: Connection,
  request: ServerRequest,
  response: ServerAnswer,
  tunnel?: Tunnel,
): Promise<void> {
  const seen: Seen = { id: deps.makeId(), startedAt: performance.now(), client: connection.client, status: 0 };
  response.once('close', () => finish(deps, connection, response, seen));
  const refuse = (own: OwnAnswer, problem?: string) => {
    if (problem) seen.problem = problem;
    sendOwn(request, response, own, seen.id);
  };

  const incoming = readIncoming(request, connection.hostname);
  if ('why' in incoming) return refuse(ownAnswer(incoming.status), incoming.why);
  seen.incoming = incoming;
  const now = deps.enforcement.now();
  if (!now) return refuse(ownAnswer(503, 'This edge has not been told yet what to enforce. Try again in a minute.'));

  // A connection from before its hostname was bound was never asked for a certificate: the next one will be.
  if (!connection.asked && now.policy.boundTo(connection.hostname)) closeAfter(connection, response);

  const client = clientOf(deps, connection, incoming);
  seen.client = client;
  const { presented } = connection;
  const at = deps.clock.now();
  const verification = presented && deps.enforcement.verify(presented, connection.hostname, at);
  seen.verification = verification;
  const facts = factsFor(incoming, client, verification);
  const decision = decideByRules(now.policy.rulesFor(connection.hostname), facts, at);
  seen.decision = decision;
  if (decision.denied) return refuse(ownAnswer(decision.denied.status));

  const abort = new AbortController();
  const exchange: Exchange = {
    verified: verification?.verified ?? false,
    end: (reason) => {
      seen.problem = `certificate_${reason ?? 'gone'}`;
      if (response.headersSent || tunnel) destroy(request, response, tunnel?.socket);
      else refuse(ownAnswer(403));
      abort.abort(new Error('the certificate counts no more'));
    },
  };
  connection.live.add(exchange);
  if (exchange.verified && !connection.counted) {
    connection.counted = true;
    deps.live.add(connection);
  }
  response.once('close', () => {
    connection.live.delete(exchange);
    abort.abort(new Error('the client has gone'));
  });

  const headers = headersForOrigin(incoming, {
    verification,
    client,
    requestId: seen.id,
  });
  try {
    if (tunnel) await passTunnel(deps, connection, { incoming, headers, response, tunnel, abort, seen });
    else await passOn(deps, connection, { incoming, headers, request, response, abort, seen });
  } catch (error) {
    if (abort.signal.aborted) return;
    const { own, problem } = explain(error);
    seen.problem = problem;
    if (response.headersSent || seen.status === 101) destroy(request, response, tunnel?.socket);
    else sendOwn(request, response, own, seen.id);
  }
}

type Passing = {
  incoming: Incoming;
  headers: string[];
  response: ServerAnswer;
  abort: AbortController;
  seen: Seen;
};

async function passOn(
  deps: AnswerDeps,
  connection: Connection,
  passing: Passing & { request: ServerRequest },
): Promise<void> {
  const { incoming, headers, request, response, abort, seen } = passing;
  const pool = deps.origins.of(connection.host);
  const { method, target: path } = incoming;
  const expects = request.headers['expect'];
  if (incoming.hasBody && typeof expects === 'string' && /^100-continue$/i.test(expects)) response.writeContinue();
  const ask = (): Promise<Dispatcher.ResponseData> =>
    pool.request({
      method: method as Dispatcher.HttpMethod,
      path,
      headers,
      body: incoming.hasBody ? bodyOf(request) : null,
      signal: abort.signal,
    });
  const answered = await ask().catch((error: unknown) => {
    const isRepeatable = REPEATABLE.has(method) && !incoming.hasBody && isClosed(error) && !abort.signal.aborted;
    if (!isRepeatable) throw error;
    return ask();
  });
  sendHead(response, answered.statusCode, headersForClient(answered.headers, seen.id));
  // These have no body, and of HTTP/2 the stream has ended with their headers.
  if (method === 'HEAD' || answered.statusCode === 204 || answered.statusCode === 304) {
    answered.body.resume();
    return void response.end();
  }
  await pipe(answered.body, writableOf(response));
}

/** A failing origin destroys the body that it is sent; that must not take the client's connection with it. */
function bodyOf(request: ServerRequest): PassThrough {
  const body = new PassThrough();
  request.pipe(body);
  request.once('close', () => {
    if (!request.complete) body.destroy(new Error('the client has gone'));
  });
  body.once('error', () => undefined);
  return body;
}

async function passTunnel(
  deps: AnswerDeps,
  connection: Connection,
  passing: Passing & { tunnel: Tunnel },
): Promise<void> {
  const { incoming, headers, response, tunnel, abort, seen } = passing;
  const upgraded = await upgradeAt(deps.origins.of(connection.host), {
    path: incoming.target,
    headers,
    signal: abort.signal,
  });
  if (upgraded.kind === 'answer') {
    sendHead(response, upgraded.statusCode, headersForClient(upgraded.headers, seen.id));
    return pipe(upgraded.body, writableOf(response));
  }
  const { socket: client, head } = tunnel;
  const { socket: origin } = upgraded;
  seen.status = 101;
  const answered = { ...headersForClient(upgraded.headers, seen.id), connection: 'Upgrade', upgrade: 'websocket' };
  const lines = Object.entries(answered).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}`),
  );
  client.write(`HTTP/1.1 101 ${STATUS_CODES[101]}\r\n${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) origin.write(head);
  // A connection in both directions has more listeners than Node takes for a leak; they are as many for each, and end with it.
  client.setMaxListeners(TUNNEL_LISTENERS);
  connection.socket.setTimeout(deps.config.timeouts.tunnelIdleSeconds * 1000, () => client.destroy());
  abort.signal.addEventListener('abort', () => origin.destroy(), { once: true });
  await Promise.all([pipe(client, origin), pipe(origin, client)]);
}

/** Resolves at the end, rejects when either side broke off, and has destroyed both by then. */
function pipe(from: NodeJS.ReadableStream, to: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    pipeline(from, to, (error) => (error ? reject(error) : resolve()));
  });
}

function sendHead(response: ServerAnswer, status: number, headers: ReturnType<typeof headersForClient>): void {
  (response as ServerResponse).writeHead(status, headers);
}

/** Of HTTP/2 the stream itself: what wraps it is no Writable. */
function writableOf(response: ServerAnswer): Writable {
  return 'stream' in response ? response.stream : response;
}

function sendOwn(request: ServerRequest, response: ServerAnswer, own: OwnAnswer, id: string): void {
  if (response.headersSent || writableOf(response).destroyed) return;
  const { type, body } = renderOwn(own, String(request.headers.accept ?? ''), id);
  (response as ServerResponse).writeHead(own.status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
    'x-request-id': id,
  });
  if (request.method === 'HEAD') response.end();
  else response.end(body);
  if (!request.complete) linger(request);
}

function linger(request: ServerRequest): void {
  const timer = setTimeout(() => {
    if ('stream' in request) request.stream.close();
    else request.socket.destroy();
  }, LINGER_MS);
  timer.unref();
  request.once('end', () => clearTimeout(timer));
  request.once('close', () => clearTimeout(timer));
  request.resume();
}

function destroy(request: ServerRequest, response: ServerAnswer, tunnel: Duplex | undefined): void {
  if (tunnel) tunnel.destroy();
  // This stream alone, and at once: `close` would first wait for what is still to be written.
  else if ('stream' in response) response.stream.destroy(new Error('broken off'));
  else (request as IncomingMessage).socket.destroy();
}

function closeAfter(connection: Connection, response: ServerAnswer): void {
  if (connection.session) connection.session.close();
  else if (response instanceof ServerResponse) response.shouldKeepAlive = false;
}

/** Whom the request comes from: the peer, or where that is a trusted proxy, whom it names last. */
function clientOf({ config, isTrustedProxy }: AnswerDeps, connection: Connection, incoming: Incoming): string {
  const { clientAddress } = config;
  if (!clientAddress || !isTrustedProxy(connection.client)) return connection.client;
  const name = clientAddress.header.toLowerCase();
  const said = incoming.headers.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value.trim());
  const addresses = said
    .join(',')
    .split(',')
    .map((text) => text.trim());
  return (
    addresses.findLast((address) => parseAddress(address) !== undefined && !isTrustedProxy(address)) ??
    connection.client
  );
}

function factsFor(incoming: Incoming, client: string, verification: Verification | undefined): Facts {
  return factsOf({
    host: incoming.hostname,
    method: incoming.method,
    target: incoming.target,
    scheme: 'https',
    version: incoming.version === '2.0' ? 'HTTP/2' : `HTTP/${incoming.version}`,
    headers: headerMap(incoming.headers),
    client: parseAddress(client) ?? new Uint8Array(4),
    certificate: verification ? certificateFactsOf(verification) : null,
  });
}

function isClosed(error: unknown): boolean {
  const code = (error as { code?: string }).code;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

/** What the origin did, for the client and for the log. */
function explain(error: unknown): { own: OwnAnswer; problem: string } {
  const code = (error as { code?: string }).code ?? (error as Error).name;
  const cause = (error as { cause?: { code?: string } }).cause?.code;
  const problem = `origin_${(cause ?? code).toLowerCase()}`;
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' || code === 'UND_ERR_CONNECT_TIMEOUT') {
    return { own: ownAnswer(504), problem };
  }
  if (
    code === 'UND_ERR_INVALID_ARG' ||
    code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH' ||
    code === 'UND_ERR_NOT_SUPPORTED'
  ) {
    return { own: ownAnswer(400), problem: `request_${code.toLowerCase()}` };
  }
  return { own: ownAnswer(502), problem };
}

/** The access log: what was asked, what was decided and why. Never a query, a header or a body. */
function finish(deps: AnswerDeps, connection: Connection, response: ServerAnswer, seen: Seen): void {
  const { incoming, verification, decision, client, id, problem } = seen;
  const status = seen.status || response.statusCode;
  const complete = writableOf(response).writableFinished || seen.status === 101;
  deps.logger.info(
    {
      id,
      client,
      hostname: connection.hostname,
      method: incoming?.method,
      path: incoming?.target.split('?', 1)[0]?.slice(0, 500),
      http: incoming?.version,
      status,
      ms: Math.round((performance.now() - seen.startedAt) * 10) / 10,
      ...(complete ? {} : { cut: true }),
      certificate: verification?.verified ? 'verified' : (verification?.reason ?? 'none'),
      ...(verification?.leaf
        ? { serial: verification.leaf.serial, subject: verification.leaf.subjectCommonName.slice(0, 100) }
        : {}),
      ...(decision?.denied ? { denied: decision.denied.number } : {}),
      ...(decision && decision.monitored.length > 0
        ? { monitored: decision.monitored.map(({ number }) => number) }
        : {}),
      ...(problem ? { problem } : {}),
    },
    'answered',
  );
  if (!decision) return;
  deps.usage.add({
    at: deps.clock.now(),
    hostname: connection.hostname,
    certificate: certificateSeen(verification),
    blocked: decision.denied !== undefined,
  });
}

function certificateSeen(verification: Verification | undefined) {
  if (!verification?.verified || !verification.leaf || verification.authorityId === undefined) return undefined;
  return { authorityId: verification.authorityId, serial: verification.leaf.serial };
}
