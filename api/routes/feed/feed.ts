import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { recordAck, recordReport } from '../../../core/edges/record.ts';
import { ackSchema, reportSchema } from '../../../core/edges/report.ts';
import { CountersignError } from '../../../core/errors.ts';
import type { Edge } from '../../../core/store/rows.ts';
import { type AddRoute, addAddress } from '../../route.ts';
import { makeAllow } from './allowance.ts';
import { requireEdge } from './authenticate.ts';
import { makeHub } from './hub.ts';
import { sendStream } from './stream.ts';

/** A thousand certificates and a thousand hostnames. */
const REPORT_OCTETS = 768 * 1024;

/**
 * The feed of the edges. The api relays what the worker has signed, and writes down what edges say; it can neither make
 * a version nor change one. Every address needs the credential of an edge and is about that edge's account.
 */
export const addFeed: AddRoute = (app, deps) => {
  const { store, clock } = deps;
  const hub = makeHub(deps);
  const allow = makeAllow(deps.logger);
  app.addHook('preClose', async () => hub.stop());
  const asking = new WeakMap<FastifyRequest, Edge>();
  const edgeOf = (request: FastifyRequest) => asking.get(request) as Edge;
  // Who asks, and whether it may say more, is known before a body is read.
  app.addHook('onRequest', async (request) => {
    const edge = await requireEdge(deps, request);
    asking.set(request, edge);
    if (request.routeOptions.url === '/edge/v1/ack') allow(edge, 'acknowledgements');
    if (request.routeOptions.url === '/edge/v1/report') allow(edge, 'reports');
  });
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: REPORT_OCTETS },
    (_request, body, done) => {
      try {
        done(null, JSON.parse(body as string));
      } catch {
        done(new CountersignError('invalid_input', { userMessage: 'The body is not JSON.' }), undefined);
      }
    },
  );

  addAddress(app, '/edge/v1/stream', {
    GET: async (request, reply) => sendStream(deps, hub, edgeOf(request), request, reply),
  });
  addAddress(app, '/edge/v1/chunks/:hash', {
    GET: async (request, reply) => {
      const { accountId } = edgeOf(request);
      const { hash } = request.params as { hash: string };
      const octets = /^[0-9a-f]{64}$/.test(hash) ? await store.snapshotChunk(accountId, hash) : undefined;
      if (!octets) throw new CountersignError('not_found');
      return reply.type('application/octet-stream').header('cache-control', 'no-store').send(octets);
    },
  });
  addAddress(app, '/edge/v1/ack', {
    POST: async (request, reply) => {
      const edge = edgeOf(request);
      await recordAck(store, edge, read(ackSchema, request), clock.now());
      return reply.code(204).send();
    },
  });
  addAddress(app, '/edge/v1/report', {
    POST: async (request, reply) => {
      const edge = edgeOf(request);
      const report = read(reportSchema, request);
      allow(edge, 'lines', report.seen.length + report.hosts.length);
      await recordReport(store, edge, report, clock.now());
      return reply.code(204).send();
    },
  });
};

function read<T>(schema: z.ZodType<T>, request: FastifyRequest): T {
  const parsed = schema.safeParse(request.body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CountersignError('invalid_input', {
    userMessage: `${issue?.path.join('.') || 'The body'} is not what it should be.`,
  });
}
