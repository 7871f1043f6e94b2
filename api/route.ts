import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiDeps } from './deps.ts';
import type { Metrics } from './metrics.ts';
import { HttpError } from './problem.ts';

/** Adds one route's addresses. Called in a scope of its own, so that its parsers and hooks are not those of others. */
export type AddRoute = (app: FastifyInstance, deps: ApiDeps & { metrics: Metrics }) => void;

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/**
 * One address with its methods; any other method is answered with 405 and what is allowed (RFC 9110 15.5.6). HEAD goes
 * to the handler of GET: a handler that streams looks at `request.method` itself, since nobody reads its stream then.
 */
export function addAddress(app: FastifyInstance, url: string, handlers: { GET?: Handler; POST?: Handler }): void {
  const { GET, POST } = handlers;
  const taken: Partial<Record<(typeof METHODS)[number], Handler>> = {
    ...(GET ? { GET, HEAD: GET } : {}),
    ...(POST ? { POST } : {}),
  };
  const allow = Object.keys(taken).join(', ');
  for (const method of METHODS) {
    const handler = taken[method];
    if (handler) app.route({ method, url, handler });
    // Before the body is read, whatever it is.
    else
      app.route({ method, url, onRequest: async () => Promise.reject(new HttpError(405, { allow })), handler: never });
  }
}

/** The name of the file that the last part of the path asks for; undefined where that is no name of ours. */
export function fileName(request: FastifyRequest, ending: string): string | undefined {
  const { file } = request.params as { file: string };
  return file.endsWith(ending) ? file.slice(0, -ending.length) : undefined;
}

function never(): never {
  throw new HttpError(405);
}
