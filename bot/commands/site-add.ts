import { requireRole } from '../../core/access/access.ts';
import { parseSiteName } from '../../core/sites/name.ts';
import type { BotDeps } from '../deps.ts';
import { loadCaller } from '../middleware/caller.ts';
import { replyMessage } from '../reply.ts';
import type { CommandTurn } from '../turn.ts';
import { awaitSiteOutcome, recordSiteRequest } from './site-request.ts';

/** `/mtls site add example.com`: for administrators. */
export async function runSiteAdd(deps: BotDeps, turn: CommandTurn, typed: string): Promise<void> {
  const caller = await loadCaller(deps, turn.person);
  requireRole(caller.roles, 'site_add', caller.administrators);
  const name = parseSiteName(typed);
  const idempotencyKey = `command:${turn.triggerId}`;
  const request = await recordSiteRequest(deps, caller, { kind: 'site_add', name, idempotencyKey });
  await turn.tell(replyMessage(await awaitSiteOutcome(deps, request, 'site_add', name)));
}
