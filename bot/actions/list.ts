import { requireRole } from '../../core/access/access.ts';
import { CountersignError } from '../../core/errors.ts';
import type { CertificateFilter } from '../../core/inventory/filter.ts';
import { possibleWithEach } from '../../core/inventory/may.ts';
import type { BotDeps } from '../deps.ts';
import { reading } from '../limit.ts';
import type { ActionHandler, ActionTurn, SubmittedView } from '../turn.ts';
import { type ListState, nextPage, previousPage, readListForm, readPicked } from '../views/list/form.ts';
import { drawList, loadListCaller, permitted } from '../views/list/load.ts';
import { readShown } from '../views/list/submit.ts';
import { redrawView, replaceView } from '../views/open-view.ts';
import { openRevokeMany } from '../views/revoke/open-many.ts';

/** *Next*, *Search further*; the value is where the next page begins. */
export const clickNextPage: ActionHandler = (deps, turn) =>
  turnPage(deps, turn, (shown) => nextPage(shown, turn.value.slice(0, 200)));

export const clickPreviousPage: ActionHandler = (deps, turn) => turnPage(deps, turn, previousPage);

/** What is typed in the fields and not yet searched for stays in them. */
async function turnPage(deps: BotDeps, turn: ActionTurn, to: (shown: ListState) => ListState): Promise<void> {
  const view = viewOf(turn);
  const listCaller = await loadListCaller(deps, turn.person);
  const drawn = await drawList(deps, listCaller, to(readShown(view)), { form: readListForm(view) });
  await replaceView(turn, view, drawn);
}

/** *One person…* was chosen as the owner, or something else instead: shows the field for the person, or takes it away. */
export const changeListOwner: ActionHandler = async (deps, turn) => {
  const view = viewOf(turn);
  const listCaller = await loadListCaller(deps, turn.person);
  await redrawView(turn, view, await drawList(deps, listCaller, readShown(view), { form: readListForm(view) }));
};

/** A box was ticked: it is read when *Revoke selected* is pressed. */
export const pickRow: ActionHandler = (_deps, turn) => turn.done();

export const clickRevokeSelected: ActionHandler = async (deps, turn) => {
  const ids = readPicked(viewOf(turn)).slice(0, 100);
  const { caller } = await loadListCaller(deps, turn.person);
  const found = await reading(deps.store.listedCertificates(caller.accountId, ids));
  const possible = await reading(possibleWithEach(deps.store, found, caller, deps.clock.now()));
  const revocable = found.filter(({ id }) => possible.get(id)?.revoke);
  if (revocable.length === 0) {
    throw new CountersignError('invalid_input', {
      userMessage: 'Nothing is selected. Tick *Select* beside the certificates that you mean, then press this again.',
    });
  }
  // Owners may do it with their own without any role: then the request says that it is about nothing else.
  const own = revocable.every(({ ownerId }) => ownerId === caller.userId) ? { owner: caller.userId } : {};
  await openRevokeMany(deps, turn, { ...own, ids: revocable.map(({ id }) => id) });
};

export const clickRevokeAll: ActionHandler = async (deps, turn) => {
  const shown = readShown(viewOf(turn));
  const listCaller = await loadListCaller(deps, turn.person);
  const { caller } = listCaller;
  const filter: CertificateFilter = permitted(shown.filter, listCaller);
  if (filter.owner !== caller.userId) requireRole(caller.roles, 'revoke', caller.administrators);
  await openRevokeMany(deps, turn, filter);
};

function viewOf(turn: ActionTurn): SubmittedView {
  if (turn.view) return turn.view;
  throw new CountersignError('invalid_input');
}
