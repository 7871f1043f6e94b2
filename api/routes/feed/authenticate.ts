import type { FastifyRequest } from 'fastify';
import { isSameHash, parseCredential } from '../../../core/edges/credential.ts';
import type { Edge } from '../../../core/store/rows.ts';
import type { ApiDeps } from '../../deps.ts';
import { HttpError } from '../../problem.ts';
import { isPrivate } from '../../transport.ts';

/** Of an edge that does not exist, so that looking for one takes as long. */
const NOBODY = '0'.repeat(64);

/**
 * The edge that asks: `Authorization: Bearer EDGEID.SECRET`. What is wrong with the credential is not said.
 * @throws HttpError 401; 403 where the credential would travel in the clear.
 */
export async function requireEdge(
  { store, config }: Pick<ApiDeps, 'store' | 'config'>,
  request: FastifyRequest,
): Promise<Edge> {
  if (!isPrivate(request.raw, config.host)) throw new HttpError(403);
  const [scheme = '', text = ''] = (request.headers.authorization ?? '').split(' ', 2);
  const credential = scheme.toLowerCase() === 'bearer' ? parseCredential(text) : undefined;
  const edge = credential && (await store.edge(credential.edgeId));
  const known = edge?.state === 'active' ? edge.credentialHash : null;
  if (!isSameHash(known ?? NOBODY, credential?.secretHash ?? '') || !edge) {
    throw new HttpError(401, { 'www-authenticate': 'Bearer realm="countersign edges"' });
  }
  return edge;
}
