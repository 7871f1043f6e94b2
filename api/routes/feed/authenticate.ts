import type { FastifyRequest } from 'fastify';
import { isSameHash, parseCredential } from '../../../core/edges/credential.ts';
import type { Edge } from '../../../core/store/rows.ts';
import type { Store } from '../../../core/store/store.ts';
import { HttpError } from '../../problem.ts';

/** Of an edge that does not exist, so that looking for one takes as long. */
const NOBODY = '0'.repeat(64);

/**
 * The edge that asks: `Authorization: Bearer EDGEID.SECRET`. What is wrong with the credential is not said.
 * @throws HttpError 401; 403 where the credential would travel in the clear.
 */
export async function requireEdge(store: Pick<Store, 'edge'>, request: FastifyRequest): Promise<Edge> {
  requireSafeWay(request);
  const [scheme = '', text = ''] = (request.headers.authorization ?? '').split(' ', 2);
  const credential = scheme.toLowerCase() === 'bearer' ? parseCredential(text) : undefined;
  const edge = credential && (await store.edge(credential.edgeId));
  const known = edge?.state === 'active' ? edge.credentialHash : null;
  if (!isSameHash(known ?? NOBODY, credential?.secretHash ?? '') || !edge) {
    throw new HttpError(401, { 'www-authenticate': 'Bearer realm="countersign edges"' });
  }
  return edge;
}

/** A credential is only taken over TLS, or from this machine: a proxy that ends TLS runs beside the api. */
export function requireSafeWay(request: FastifyRequest): void {
  const { remoteAddress } = request.socket;
  const isLocal = remoteAddress === '::1' || /^(::ffff:)?127\./.test(remoteAddress ?? '');
  const isEncrypted = (request.socket as { encrypted?: boolean }).encrypted === true;
  if (!isLocal && !isEncrypted) throw new HttpError(403);
}
