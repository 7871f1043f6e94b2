import { requireRole } from '../../core/access/access.ts';
import { CountersignError } from '../../core/errors.ts';
import { parseSiteName } from '../../core/sites/name.ts';
import { awaitSiteOutcome, recordSiteRequest } from '../commands/site-request.ts';
import { loadCaller } from '../middleware/caller.ts';
import { replyMessage } from '../reply.ts';
import type { ActionHandler } from '../turn.ts';

/** The confirmed click on *Remove site*. One question is answered once, however often its button is pressed. */
export const clickRemoveSite: ActionHandler = async (deps, turn) => {
  const caller = await loadCaller(deps, turn.person);
  requireRole(caller.roles, 'site_remove', caller.administrators);
  if (!turn.message) throw new CountersignError('invalid_input');
  const name = parseSiteName(turn.value);
  const idempotencyKey = `message:${turn.message.channel}:${turn.message.ts}:${caller.userId}`;
  const request = await recordSiteRequest(deps, caller, { kind: 'site_remove', name, idempotencyKey });
  await turn.done();
  const outcome = replyMessage(await awaitSiteOutcome(deps, request, 'site_remove', name));
  await turn.respond({ response_type: 'ephemeral', replace_original: true, ...outcome });
};
