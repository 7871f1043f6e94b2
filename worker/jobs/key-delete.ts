import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { code, mention } from '../../core/slack/text.ts';
import { type Plan, update } from '../../core/store/plan.ts';
import type { AccessKey } from '../../core/store/rows.ts';
import { keySiteNames, planKeyTold, requireAccountKey } from '../access-keys.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { requireActor } from './policy.ts';

/** Ends an API key for ever, at once. Its secret is erased; its name stays taken, because the audit speaks of it. */
export async function carryOutKeyDelete(deps: JobDeps, request: RequestOf<'key_delete'>): Promise<void> {
  const { accountId, actorId } = request;
  const { unchanged } = await requireActor(deps, accountId, actorId, 'access_keys');
  const key = await requireAccountKey(deps, request);
  const at = deps.clock.now();
  const message = `The API key ${code(key.name)} is deleted: its calls fail from now on, its secret is erased, and what it has asked for and nobody has decided is not carried out.`;
  const committed = await deps.store.commit([
    ...unchanged,
    update('accessKeys', key, { state: 'deleted', sealedSecret: null, endedAt: at }),
    ...(await planNotShownAnyMore(deps, key, actorId, at)),
    ...events.keyChanged({ accountId, actorId, at }, 'deleted', key, await keySiteNames(deps, key)),
    ...(await planKeyTold(deps, key, at)),
    endRequest(request, 'done', { code: 'key_deleted', message }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

/** A key that still waited for its showing is waited for no more. */
async function planNotShownAnyMore(deps: JobDeps, key: AccessKey, actorId: string, at: Date): Promise<Plan> {
  const create = key.state === 'unshown' ? await deps.store.request(key.requestId) : undefined;
  if (create?.state !== 'waiting') return [];
  const message = `${mention(actorId)} deleted this API key before its secret was shown. Nobody ever had it.`;
  return [endRequest(create, 'refused', { code: 'key_deleted', message }, at)];
}
