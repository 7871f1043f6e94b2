import { manyAtEdges } from '../../core/edges/effect.ts';
import { parseRequest } from '../../core/requests/contracts.ts';
import type { SlackMessage } from '../../core/slack/blocks.ts';
import type { Request } from '../../core/store/rows.ts';
import { describeMany } from '../many/card.ts';
import type { DrawDeps } from './drawn.ts';
import { LEFT_OUT_SHOWN, revokeManyMessage } from './messages/revoke-many.ts';

/** The requester's message about a revocation of many, with its items as they are now. */
export async function drawRevokeMany(deps: DrawDeps, row: Request): Promise<SlackMessage> {
  const { store } = deps;
  const request = parseRequest('revoke_many', row);
  const page = { afterPosition: -1, limit: LEFT_OUT_SHOWN, state: 'skipped' as const };
  const skipped = await store.requestItems(request.id, page);
  const ids = skipped.map(({ certificateId }) => certificateId);
  const certificates = new Map((await store.listedCertificates(request.accountId, ids)).map((row) => [row.id, row]));
  const leftOut = skipped.map(({ certificateId, note }) => {
    const { name = 'a certificate', siteName = 'a site' } = certificates.get(certificateId) ?? {};
    return { name, siteName, note: note ?? '' };
  });
  return revokeManyMessage(request, await store.approvalOfRequest(request.id), {
    counts: await store.countRequestItems(request.id),
    leftOut,
    described: await describeMany(store, request),
    effect: await effectAtEdges(deps, row),
  });
}

/** How far it has come, for approvers: how much is worked off, and then how many edges have all of it. */
export async function manyEffect(deps: DrawDeps, request: Request): Promise<string> {
  if (request.state !== 'recorded') return effectAtEdges(deps, request);
  const { pending, done, skipped } = await deps.store.countRequestItems(request.id);
  return done + skipped === 0 ? '' : `${done + skipped} of ${pending + done + skipped} are worked off.`;
}

/** While it waits for a decision, of the suspension that came before; a message says nothing of edges while more is to be done. */
async function effectAtEdges({ store }: DrawDeps, request: Request): Promise<string> {
  if (request.state === 'done') return manyAtEdges(store, request.id, 'done');
  return request.state === 'waiting' ? manyAtEdges(store, request.id, 'pending') : '';
}
