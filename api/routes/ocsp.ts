import type { FastifyReply, FastifyRequest } from 'fastify';
import { MAX_REQUEST_OCTETS } from '../../core/ca/ocsp/request.ts';
import { makeOcspAnswerer } from '../../core/ca/ocsp/responder.ts';
import { markCached, secondsUntil } from '../cached.ts';
import { HttpError } from '../problem.ts';
import { type AddRoute, addAddress } from '../route.ts';

const REQUEST_TYPE = 'application/ocsp-request';
const RESPONSE_TYPE = 'application/ocsp-response';

/** How long a cache on the way may answer in our place (RFC 5019 6): that long a revocation may stay unseen behind it. */
const MAX_AGE_SECONDS = 300;

/**
 * OCSP over HTTP (RFC 6960 appendix A, RFC 5019 5): `POST /ocsp/AUTHORITY` with the request as the body, and
 * `GET /ocsp/AUTHORITY/REQUEST` with it in base64. What is wrong with the request is an OCSP answer with status 200;
 * HTTP speaks only of what is wrong with HTTP.
 */
export const addOcsp: AddRoute = (app, deps) => {
  const answerer = makeOcspAnswerer(deps);
  app.addContentTypeParser(
    REQUEST_TYPE,
    { parseAs: 'buffer', bodyLimit: MAX_REQUEST_OCTETS },
    async (_request: unknown, body: Buffer) => body,
  );

  const answer = async (request: FastifyRequest, reply: FastifyReply, octets: Uint8Array) => {
    const { authority } = request.params as { authority: string };
    const { der, cache } = await answerer.answer(authority, octets);
    reply.type(RESPONSE_TYPE);
    if (!cache) return reply.header('cache-control', 'no-store').send(der);
    const now = deps.clock.now();
    const maxAgeSeconds = secondsUntil(cache.nextUpdate, now, MAX_AGE_SECONDS);
    const cached = { etag: cache.etag, lastModified: cache.thisUpdate, maxAgeSeconds };
    return reply.send(markCached(request, reply, cached, now) ? undefined : der);
  };
  const post = async (request: FastifyRequest, reply: FastifyReply) => {
    if (!Buffer.isBuffer(request.body)) throw new HttpError(415);
    return answer(request, reply, request.body);
  };

  addAddress(app, '/ocsp/:authority', { POST: post });
  addAddress(app, '/ocsp/:authority/*', {
    GET: (request, reply) => answer(request, reply, requestInPath(restOfPath(request))),
    // Clients that put a slash between the address and nothing.
    POST: async (request, reply) => {
      if (restOfPath(request) !== '') throw new HttpError(404);
      return post(request, reply);
    },
  });
};

function restOfPath(request: FastifyRequest): string {
  return (request.params as { '*': string })['*'];
}

/**
 * The request in a path that is decoded once already. Clients encode it twice, take `+` for a space, and put one slash
 * too many before it; none of that can be part of a request, which always begins with `M`.
 * @returns no octets at all for what is not base64, which is as malformed as anything
 */
export function requestInPath(path: string): Uint8Array {
  const text = decodeAgain(path).replace(/^\/+/, '').replaceAll(' ', '+');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : new Uint8Array(0);
}

function decodeAgain(path: string): string {
  try {
    return path.includes('%') ? decodeURIComponent(path) : path;
  } catch {
    return '';
  }
}
