import type { WebClient } from '@slack/web-api';
import { loadOverview } from '../../core/inventory/overview.ts';
import { buildHome } from '../../core/slack/home.ts';
import type { BotDeps } from '../deps.ts';
import { reading } from '../limit.ts';
import { loadCaller } from '../middleware/caller.ts';
import type { Person } from '../middleware/person.ts';

/** The Home tab was opened: draws it for this person as things are now. */
export async function publishHome(deps: BotDeps, opened: { person: Person; client: WebClient }): Promise<void> {
  const caller = await loadCaller(deps, opened.person);
  const now = deps.clock.now();
  const overview = await reading(loadOverview(deps.store, caller, now));
  await opened.client.views.publish({ user_id: caller.userId, view: buildHome({ ...caller, overview, now }) });
}
