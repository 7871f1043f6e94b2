import type { ActionHandler } from '../turn.ts';
import { redrawView } from '../views/open-view.ts';
import { REVOKE_MANY_VIEW } from '../views/revoke/many.ts';
import { redrawRevoke } from '../views/revoke/open.ts';
import { redrawRevokeMany } from '../views/revoke/open-many.ts';

/** Another reason was chosen in "Revoke": shows the fields that belong to it. */
export const changeRevoke: ActionHandler = async (deps, turn) => {
  const { view: shown } = turn;
  if (!shown) return;
  const redraw = shown.callbackId === REVOKE_MANY_VIEW ? redrawRevokeMany : redrawRevoke;
  await redrawView(turn, shown, await redraw(deps, turn.person, shown));
};
