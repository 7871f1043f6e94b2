import { requireRole } from '../../core/access/access.ts';
import { CountersignError } from '../../core/errors.ts';
import { decideKeyShow } from '../../core/requests/showing.ts';
import { reading } from '../limit.ts';
import type { ActionHandler } from '../turn.ts';
import { loadClicked, recordShowing } from './showing.ts';

/** *Show once* on the lasting message of a `key_create` request. */
export const clickShowKeyOnce: ActionHandler = async (deps, turn) => {
  const { asked: create, shows, caller } = await loadClicked(deps, turn, 'key_create', turn.value);
  requireRole(caller.roles, 'access_keys', caller.administrators);
  const decision = decideKeyShow({ create, shows }, { actorId: caller.userId, now: deps.clock.now() });
  const key = await reading(deps.store.accessKeyOfRequest(create.id));
  if (decision.allowed && !key) throw new CountersignError('not_found');
  await recordShowing(deps, turn, {
    asked: create,
    kind: 'key_show',
    payload: { keyId: key?.id ?? '' },
    decision,
    working: 'Working on it: the AccessKey ID and Secret appear here in a moment, for you alone.',
  });
};
