import { WebAPIPlatformError } from '@slack/web-api';
import { calling } from '../limit.ts';
import type { ActionHandler } from '../turn.ts';
import { redrawRevoke } from '../views/open-revoke.ts';
import { redrawRevokeMany } from '../views/open-revoke-many.ts';
import { REVOKE_MANY_VIEW } from '../views/revoke-many.ts';

/** Another reason was chosen in "Revoke": shows the fields that belong to it. */
export const changeRevoke: ActionHandler = async (deps, turn) => {
  const { view: shown } = turn;
  if (!shown) return;
  const redraw = shown.callbackId === REVOKE_MANY_VIEW ? redrawRevokeMany : redrawRevoke;
  const view = await redraw(deps, turn.person, shown);
  await calling(turn.client.views.update({ view_id: shown.id, hash: shown.hash, view })).catch((error: unknown) => {
    // A later choice was faster, or the form is closed; what is still missing then is asked for on submission.
    const code = error instanceof WebAPIPlatformError ? error.data.error : undefined;
    if (code !== 'hash_conflict' && code !== 'not_found') throw error;
  });
};
