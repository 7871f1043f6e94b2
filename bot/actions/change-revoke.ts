import type { ActionHandler } from '../turn.ts';
import { redrawRevoke } from '../views/open-revoke.ts';
import { redrawRevokeMany } from '../views/open-revoke-many.ts';
import { redrawView } from '../views/open-view.ts';
import { REVOKE_MANY_VIEW } from '../views/revoke-many.ts';

/** Another reason was chosen in "Revoke": shows the fields that belong to it. */
export const changeRevoke: ActionHandler = async (deps, turn) => {
  const { view: shown } = turn;
  if (!shown) return;
  const redraw = shown.callbackId === REVOKE_MANY_VIEW ? redrawRevokeMany : redrawRevoke;
  await redrawView(turn, shown, await redraw(deps, turn.person, shown));
};
