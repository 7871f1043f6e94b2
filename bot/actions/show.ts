import { requireRole } from '../../core/access/access.ts';
import { decideShow } from '../../core/requests/showing.ts';
import type { BotDeps } from '../deps.ts';
import { reading } from '../limit.ts';
import type { ActionHandler, ActionTurn } from '../turn.ts';
import { loadClicked, recordShowing } from './showing.ts';

/** *Show once* on the lasting message of an `issue` request. */
export const clickShowOnce: ActionHandler = (deps, turn) =>
  show(deps, turn, { issueId: turn.value, replaces: undefined });

/** *I did not get the key*: the value names the request and the showing it speaks of. */
export const clickNotReceived: ActionHandler = (deps, turn) => {
  const [issueId = '', replaces = ''] = turn.value.split(':');
  return show(deps, turn, { issueId, replaces });
};

async function show(
  deps: BotDeps,
  turn: ActionTurn,
  click: { issueId: string; replaces: string | undefined },
): Promise<void> {
  const { asked: issue, shows, caller } = await loadClicked(deps, turn, 'issue', click.issueId);
  requireRole(caller.roles, 'issue', caller.administrators);
  const certificates = await reading(deps.store.certificatesOfRequest(issue.id));
  const { replaces } = click;
  await recordShowing(deps, turn, {
    asked: issue,
    kind: 'show',
    payload: { issueId: issue.id, ...(replaces === undefined ? {} : { replaces }) },
    decision: decideShow({ issue, shows, certificates }, { actorId: caller.userId, now: deps.clock.now(), replaces }),
    working: 'Working on it: your certificate and its key appear here in a moment, for you alone.',
  });
}
