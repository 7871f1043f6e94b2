import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CountersignError } from '../../core/errors.ts';
import type { Crl } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { markCached, secondsUntil } from '../cached.ts';
import type { ApiDeps } from '../deps.ts';
import { type AddRoute, addAddress, fileName } from '../route.ts';

/** How long others may go on with what they have, so that a revocation is known everywhere soon after. */
const MAX_AGE_SECONDS = 300;
const RETRY_AFTER_SECONDS = 60;

/** `GET /crl/AUTHORITY.crl`, complete, and `GET /crl/AUTHORITY/SHARD.crl`: the list in force, in DER (RFC 5280 5, RFC 2585 4.2). */
export const addCrls: AddRoute = (app, deps) => {
  addAddress(app, '/crl/:file', {
    GET: (request, reply) => sendCrl(deps, fileName(request, '.crl'), 'complete', request, reply),
  });
  addAddress(app, '/crl/:authority/:file', {
    GET: (request, reply) => {
      const { authority } = request.params as { authority: string };
      const shard = fileName(request, '.crl');
      const isNumber = shard !== undefined && /^(0|[1-9]\d{0,4})$/.test(shard);
      return sendCrl(deps, authority, isNumber ? shard : undefined, request, reply);
    },
  });
};

async function sendCrl(
  deps: ApiDeps,
  authorityId: string | undefined,
  scope: string | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const crl = authorityId && scope ? await deps.store.crl(`${authorityId}:${scope}`) : undefined;
  if (!crl) throw new CountersignError('not_found');
  const now = deps.clock.now();
  if (crl.nextUpdate <= now) throw await staleError(deps, crl, now);
  reply.type('application/pkix-crl');
  const known = markCached(
    request,
    reply,
    {
      etag: crl.sha256,
      lastModified: crl.thisUpdate,
      maxAgeSeconds: secondsUntil(crl.nextUpdate, now, MAX_AGE_SECONDS),
    },
    now,
  );
  if (known) return reply.send();
  reply.header('content-length', crl.octets);
  if (request.method === 'HEAD') return reply.send();
  // The first piece before the status line: after it there is no other way to say that something is wrong.
  const first = await deps.store.crlChunk(crl.contentId, 0);
  if (!first) throw new CountersignError('crl_stale', { details: { retryAfterSeconds: RETRY_AFTER_SECONDS } });
  return reply.send(Readable.from(pieces(deps.store, crl, first), { highWaterMark: 1 }));
}

/**
 * The list piece by piece, each read when the one before has been taken, so that its size costs no memory and a slow
 * reader costs nothing else. Throws where a piece is gone (a content is swept a while after it was replaced): the
 * connection is then cut, and what has arrived is visibly not the whole.
 */
async function* pieces(store: Store, crl: Crl, first: Buffer): AsyncGenerator<Buffer> {
  yield first;
  let sent = first.length;
  for (let position = 1; sent < crl.octets; position++) {
    const piece = await store.crlChunk(crl.contentId, position);
    if (!piece) throw new Error('the content of a CRL was swept while it was read');
    yield piece;
    sent += piece.length;
  }
  if (sent !== crl.octets) throw new Error('the content of a CRL is longer than it says');
}

/** A list past its time is never given out: whoever believes it would let in what was revoked since. */
async function staleError({ store, logger }: ApiDeps, crl: Crl, now: Date): Promise<CountersignError> {
  const authority = await store.authority(crl.authorityId);
  // Nothing below it is valid any more, so there is no list to wait for.
  if (!authority || authority.retiredAt !== null || authority.notAfter <= now) return new CountersignError('not_found');
  logger.error({ crl: crl.id, nextUpdate: crl.nextUpdate.toISOString() }, 'a CRL is past its time and not served');
  return new CountersignError('crl_stale', { details: { retryAfterSeconds: RETRY_AFTER_SECONDS } });
}
