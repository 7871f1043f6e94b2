import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { parseSiteName } from '../../core/sites/name.ts';
import { update } from '../../core/store/plan.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { requireActor } from './policy.ts';

/** Removes a site: nothing more is issued for it. What was issued stays valid until it ends or is revoked. */
export async function carryOutSiteRemove(deps: JobDeps, request: RequestOf<'site_remove'>): Promise<void> {
  const { accountId, actorId } = request;
  const { unchanged } = await requireActor(deps, accountId, actorId, 'site_remove');
  const name = parseSiteName(request.payload.name);
  const site = await deps.store.siteByName(name);
  if (!site || site.accountId !== accountId) {
    throw new CountersignError('not_found', {
      userMessage: `There is no site \`${name}\` here. \`/mtls site list\` shows those there are.`,
    });
  }
  const at = deps.clock.now();
  const message = `\`${name}\` is removed: no more certificates are issued for it. Those already issued stay valid until they end or are revoked.`;
  const committed = await deps.store.commit([
    ...unchanged,
    update('sites', site, { state: 'removed' }),
    ...events.siteRemoved({ accountId, actorId, at }, site),
    endRequest(request, 'done', { code: 'site_removed', message, siteId: site.id }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}
