import type { BotDeps } from '../deps.ts';
import type { CommandTurn } from '../turn.ts';
import { openMeant } from '../views/certificate/open.ts';
import { openList } from '../views/list/open.ts';
import { openRevoke } from '../views/revoke/open.ts';

/** `/mtls revoke [serial|fingerprint|name]`: the form for that certificate; without one, the list to choose from. */
export async function runRevoke(deps: BotDeps, turn: CommandTurn, typed: string): Promise<void> {
  if (typed.trim() === '') return openList(deps, turn, '');
  await openMeant(deps, turn, typed, (id) => openRevoke(deps, turn, id));
}
