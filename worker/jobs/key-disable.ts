import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { code } from '../../core/slack/text.ts';
import { expect, update } from '../../core/store/plan.ts';
import { keySiteNames, planKeyTold, requireAccountKey, requireShown } from '../access-keys.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { requireActor } from './policy.ts';

/** Switches an API key off, at once: it takes something away, so nobody else is asked. */
export async function carryOutKeyDisable(deps: JobDeps, request: RequestOf<'key_disable'>): Promise<void> {
  const { accountId, actorId } = request;
  const { unchanged } = await requireActor(deps, accountId, actorId, 'access_keys');
  const key = await requireAccountKey(deps, request);
  requireShown(key);
  const at = deps.clock.now();
  const was = key.state === 'disabled';
  const message = was
    ? `The API key ${code(key.name)} is disabled already.`
    : `The API key ${code(key.name)} is disabled: its calls fail from now on, and what it has asked for and nobody has decided is not carried out. \`/mtls key enable ${key.name}\` switches it on again.`;
  const committed = await deps.store.commit([
    ...unchanged,
    ...(was
      ? [expect('accessKeys', key)]
      : [
          update('accessKeys', key, { state: 'disabled', endedAt: at }),
          ...events.keyChanged({ accountId, actorId, at }, 'disabled', key, await keySiteNames(deps, key)),
          ...(await planKeyTold(deps, key, at)),
        ]),
    endRequest(request, 'done', { code: 'key_disabled', message }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}
