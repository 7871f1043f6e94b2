import { requireRole } from '../../core/access/access.ts';
import { CountersignError } from '../../core/errors.ts';
import { decideEdgeShow } from '../../core/requests/showing.ts';
import { reading } from '../limit.ts';
import type { ActionHandler } from '../turn.ts';
import { loadClicked, recordShowing } from './showing.ts';

/** *Show once* on the lasting message of an `edge_add` request. */
export const clickShowEdgeOnce: ActionHandler = async (deps, turn) => {
  const { asked: add, shows, caller } = await loadClicked(deps, turn, 'edge_add', turn.value);
  requireRole(caller.roles, 'edges', caller.administrators);
  const decision = decideEdgeShow({ add, shows }, { actorId: caller.userId, now: deps.clock.now() });
  const edge = await reading(deps.store.edgeOfRequest(add.id));
  if (decision.allowed && !edge) throw new CountersignError('not_found');
  await recordShowing(deps, turn, {
    asked: add,
    kind: 'edge_show',
    payload: { edgeId: edge?.id ?? '' },
    decision,
    working: 'Working on it: the credential and the feed key appear here in a moment, for you alone.',
  });
};
