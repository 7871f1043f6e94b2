import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CountersignError } from '../../../core/errors.ts';
import { writeMessage } from '../../../core/snapshot/messages.ts';
import type { Edge } from '../../../core/store/rows.ts';
import type { ApiDeps } from '../../deps.ts';
import type { Hub } from './hub.ts';

const number = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number)
  .pipe(z.int());
const querySchema = z.object({
  epoch: number.optional(),
  version: number.optional(),
  /** SHA-256 of the header that it has. */
  header: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/** `GET /edge/v1/stream`: an account's versions from the one that the edge has, one JSON document to a line. */
export async function sendStream(
  deps: ApiDeps,
  hub: Hub,
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const query = querySchema.safeParse(request.query);
  if (!query.success) throw new CountersignError('invalid_input', { userMessage: 'Say epoch, version and header.' });
  const { epoch, version, header } = query.data;
  const has = epoch && version && header ? { epoch, version, headerHash: header } : undefined;
  reply.type('application/x-ndjson').header('cache-control', 'no-store').header('x-accel-buffering', 'no');
  if (request.method === 'HEAD') return reply.send();
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return reply.send(
    Readable.from(hub.lines(edge, has, await helloTo(deps, edge), gone.signal), { highWaterMark: 1, objectMode: true }),
  );
}

async function helloTo({ store }: ApiDeps, edge: Edge): Promise<string> {
  const keys = await store.feedKeys(edge.accountId);
  return writeMessage({
    type: 'hello',
    account: edge.accountId,
    edge: edge.name,
    pin: edge.pin,
    successors: keys.flatMap(({ successor }) => successor ?? []),
  });
}
