import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { code } from '../../core/slack/text.ts';
import { update } from '../../core/store/plan.ts';
import type { JobDeps } from '../deps.ts';
import { planNotShownAnyMore } from '../edges.ts';
import { planTold } from '../told.ts';
import { requireActor } from './policy.ts';

/**
 * Ends an edge's credential: its open connections to the feed end at once, and no new one is let in. What it has on
 * its disk it goes on enforcing, which is why nobody else is needed.
 */
export async function carryOutEdgeRemove(deps: JobDeps, request: RequestOf<'edge_remove'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const { unchanged } = await requireActor(deps, accountId, actorId, 'edges');
  const edge = await deps.store.edge(payload.edgeId);
  if (edge?.accountId !== accountId || edge.state === 'removed') {
    throw new CountersignError('not_found', {
      userMessage: 'There is no such edge here. `/mtls edge list` shows those there are.',
    });
  }
  const at = deps.clock.now();
  const message = `The edge ${code(edge.name)} is removed: its credential is worth nothing from now on. Where it still runs, it goes on with the last version that it has, and hears of no later revocation; take it out of service.`;
  const committed = await deps.store.commit([
    ...unchanged,
    update('edges', edge, { state: 'removed', credentialHash: null, endedAt: at }),
    ...(await planNotShownAnyMore(deps, edge, actorId, at)),
    ...events.edgeChanged({ accountId, actorId, at }, 'removed', edge),
    endRequest(request, 'done', { code: 'edge_removed', message }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}
