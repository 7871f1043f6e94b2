import { parseRequest } from '../../core/requests/contracts.ts';
import type { SlackMessage } from '../../core/slack/blocks.ts';
import type { Request } from '../../core/store/rows.ts';
import { describeMany } from '../many/card.ts';
import type { DrawDeps } from './drawn.ts';
import { LEFT_OUT_SHOWN, revokeManyMessage } from './messages/revoke-many.ts';

/** The requester's message about a revocation of many, with its items as they are now. */
export async function drawRevokeMany({ store }: DrawDeps, row: Request): Promise<SlackMessage> {
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
  });
}

/** How far it has come, for approvers; empty before it has begun and when its outcome says it. */
export async function manyEffect({ store }: DrawDeps, request: Request): Promise<string> {
  if (request.state !== 'recorded') return '';
  const { pending, done, skipped } = await store.countRequestItems(request.id);
  return done + skipped === 0 ? '' : `${done + skipped} of ${pending + done + skipped} are worked off.`;
}
