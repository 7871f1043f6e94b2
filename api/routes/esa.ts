import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiDeps } from '../deps.ts';
import { makeDoor } from '../esa/door.ts';
import { EsaError } from '../esa/error.ts';
import { makeGatekeeper } from '../esa/gatekeeper.ts';
import { describeEsaProblem } from '../esa/problem.ts';
import { BODY_LIMIT, readHeaders, readQuery } from '../esa/read.ts';
import { type AddRoute, addAddress } from '../route.ts';
import { isPrivate } from '../transport.ts';

const FORM = 'application/x-www-form-urlencoded';
const NO_BODY = Buffer.alloc(0);

/**
 * The OpenAPI: every operation is at `/`, named by `x-acs-action`. What goes wrong here, with HTTP itself as well, is
 * answered in the vendor's form: its SDK reads JSON whatever happens.
 */
export const addEsa: AddRoute = (app, deps) => {
  const { store, redis, clock, logger, config } = deps;
  const gatekeeper = makeGatekeeper({
    redis,
    store,
    logger,
    now: () => clock.now(),
    perSecond: config.apiRatePerSecond,
  });
  const door = makeDoor({ ...deps, gatekeeper });
  app.addContentTypeParser(
    FORM,
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
    async (_: unknown, body: Buffer) => body,
  );
  app.setErrorHandler((error, request, reply) => sendEsaProblem(deps, error, request, reply));
  app.addHook('onRequest', async (request) => {
    if (isPrivate(request.raw, config.host)) return;
    throw new EsaError(
      'InsecureTransport',
      'The OpenAPI answers with private keys, so it is reached over TLS alone: at API_TLS_PORT, or through a proxy that sets X-Forwarded-Proto.',
    );
  });
  app.addHook('onRequest', async ({ raw }) => {
    if (hasBody(raw)) await door.greet(readHeaders(raw.headersDistinct));
  });

  const handle = async (request: FastifyRequest, reply: FastifyReply) => {
    const { answer, written } = await door.answer(
      {
        method: request.method,
        query: readQuery(request.raw.url ?? ''),
        headers: readHeaders(request.raw.headersDistinct),
        body: Buffer.isBuffer(request.body) ? request.body : NO_BODY,
      },
      (operation) => {
        request.operation = operation;
      },
    );
    if (request.raw.socket.destroyed) {
      logger.info({ operation: request.operation }, 'the client hung up before it was answered');
    }
    // Not for a client that has gone: nothing is written to its end then.
    reply.raw.once('finish', () => {
      written().catch((error: unknown) => logger.warn({ error }, 'a written answer was not put on record'));
    });
    return sendJson(reply, request, 200, { RequestId: requestIdOf(request), ...answer });
  };
  addAddress(app, '/', { GET: handle, POST: handle });
};

function hasBody({ headers }: FastifyRequest['raw']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function sendEsaProblem(
  { logger }: ApiDeps,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { status, headers, body, failure } = describeEsaProblem(thrown, requestIdOf(request));
  if (failure) {
    logger.error({ incident: request.id.slice(0, 8), operation: request.operation, error: failure }, 'request failed');
  }
  request.code = body.Code;
  // A body that was not read to its end makes the connection unusable.
  if (status === 413 || status === 415) reply.header('connection', 'close');
  return sendJson(reply.headers(headers), request, status, body);
}

function sendJson(reply: FastifyReply, request: FastifyRequest, status: number, body: object): FastifyReply {
  return reply
    .code(status)
    .header('x-acs-request-id', requestIdOf(request))
    .header('cache-control', 'no-store')
    .type('application/json;charset=utf-8')
    .send(JSON.stringify(body));
}

function requestIdOf(request: FastifyRequest): string {
  return request.id.toUpperCase();
}
