import type { WebClient } from '@slack/web-api';
import { mayDo } from '../../core/access/access.ts';
import type { BotDeps } from '../deps.ts';
import { reading } from '../limit.ts';
import { loadCaller } from '../middleware/caller.ts';
import type { Person } from '../middleware/person.ts';
import { buildHome } from './home.ts';

/** The Home tab was opened: draws it for this person as things are now. */
export async function publishHome(deps: BotDeps, opened: { person: Person; client: WebClient }): Promise<void> {
  const caller = await loadCaller(deps, opened.person);
  const sites = mayDo(caller.roles, 'site_list') ? await reading(deps.store.sites(caller.accountId)) : [];
  await opened.client.views.publish({ user_id: caller.userId, view: buildHome(caller, sites) });
}
