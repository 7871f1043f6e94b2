import * as events from '../../core/audit/events.ts';
import { blockText, checkBlock, MOST_BLOCKS } from '../../core/ca/read-crl/block.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { bold, escapeText } from '../../core/slack/text.ts';
import { expect, insert } from '../../core/store/plan.ts';
import type { Block } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { requireRevoking } from './uploaded-authority.ts';

/**
 * Refuses a certificate of a custom CA whatever its CRL says. It only takes access away and can be lifted, so it needs
 * nobody else.
 */
export async function carryOutCaBlock(deps: JobDeps, request: RequestOf<'ca_block'>): Promise<void> {
  const { authorityId, kind, value, because } = request.payload;
  const { authority, ca, unchanged } = await requireRevoking(deps, request, authorityId);
  checkBlock({ kind, value });
  if ((await deps.store.countBlocks(authority.id)) >= MOST_BLOCKS) {
    throw new CountersignError('already_exists', {
      userMessage: `${bold(authority.name)} has ${MOST_BLOCKS} blocks, which are all there can be. Have the CA revoke what is to stay out, and lift those.`,
    });
  }
  const at = deps.clock.now();
  const block: Block = {
    // One job makes one block, however often it runs.
    id: request.id,
    accountId: request.accountId,
    authorityId: authority.id,
    kind,
    value,
    because,
    createdBy: request.actorId,
    createdAt: at,
    liftedBy: null,
    liftedAt: null,
    version: 1,
  };
  const what = `The certificate of ${bold(authority.name)} for ${escapeText(ca.site)} with the ${blockText(block)}`;
  const message = `${what} is blocked.`;
  const committed = await deps.store.commit([
    ...unchanged,
    expect('uploadedAuthorities', authority),
    insert('blocks', block),
    ...events.certificateBlocked({ ...request, at }, ca, block, because),
    endRequest(request, 'done', { code: 'blocked', message, blockId: block.id, authorityId }, at),
    ...planTold(request, at),
  ]);
  if (committed.ok) return;
  if (committed.table === 'blocks') {
    throw new CountersignError('already_exists', { userMessage: `${what} is blocked already.` });
  }
  throw new CountersignError('overtaken', { details: { table: committed.table } });
}
