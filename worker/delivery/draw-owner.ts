import { parseRequest } from '../../core/requests/contracts.ts';
import type { Message } from '../../core/store/rows.ts';
import type { DrawDeps, Placed } from './drawn.ts';
import { ownerMessage, ownerOfManyMessage } from './messages/owner.ts';

/**
 * Tells an owner what somebody else has done to their certificate: one message for each certificate, kept equal to its
 * state, and one for each request about many.
 */
export async function drawOwner(deps: DrawDeps, message: Message): Promise<Placed | undefined> {
  const [first = '', ownerId] = message.subjectId.split(':');
  if (ownerId !== undefined) {
    const request = await deps.store.request(first);
    if (request?.kind !== 'revoke_many' || request.actorId === ownerId) return undefined;
    const drawn = ownerOfManyMessage(parseRequest('revoke_many', request), ownerId);
    return { message: drawn, refreshAt: null, place: { user: ownerId } };
  }
  const certificate = await deps.store.certificate(first);
  const [requestId] = certificate ? await deps.store.statusRequestsOf(first, 1) : [];
  const request = requestId === undefined ? undefined : await deps.store.request(requestId);
  if (!certificate || !request) return undefined;
  // What owners do themselves is no news to them, unless an earlier message says something else.
  if (request.actorId === certificate.ownerId && message.ts === null) return undefined;
  return {
    message: ownerMessage(certificate, request.actorId),
    refreshAt: null,
    place: { user: certificate.ownerId },
  };
}
