import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { code } from '../../core/slack/text.ts';
import { update } from '../../core/store/plan.ts';
import { keySiteNames, planKeyTold, requireAccountKey, requireShown } from '../access-keys.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { keyCard } from './key-card.ts';
import { refuseWhileSameAsked, requireActor } from './policy.ts';

/** Switches a disabled API key on again. One that may write needs a second person for it, as for its making. */
export async function carryOutKeyEnable(deps: JobDeps, request: RequestOf<'key_enable'>): Promise<void> {
  const { accountId, actorId } = request;
  const { account, grants, unchanged } = await requireActor(deps, accountId, actorId, 'access_keys');
  const key = await requireAccountKey(deps, request);
  requireShown(key);
  if (key.state === 'active') {
    throw new CountersignError('already_exists', { userMessage: `The API key ${code(key.name)} is active already.` });
  }
  await refuseWhileSameAsked(deps, request, (other) => other.payload['keyId'] === key.id);
  const siteNames = await keySiteNames(deps, key);
  const gate = await passGate(deps, request, {
    gate: key.access === 'write' ? 'key_create' : [],
    account,
    grants,
    targets: [{ table: 'accessKeys', id: key.id, version: key.version }],
    card: keyCard('Enable', key, siteNames),
  });
  if (!gate.passed) return;
  const at = deps.clock.now();
  const message = `The API key ${code(key.name)} is active again: its calls are answered from now on.`;
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    update('accessKeys', key, { state: 'active', endedAt: null }),
    ...events.keyChanged({ accountId, actorId, at }, 'enabled', key, siteNames),
    ...(await planKeyTold(deps, key, at)),
    endRequest(request, 'done', { code: 'key_enabled', message }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}
