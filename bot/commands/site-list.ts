import { mayDo, requireRole } from '../../core/access/access.ts';
import type { SlackMessage } from '../../core/slack/blocks.ts';
import { siteBlocks } from '../../core/slack/entry.ts';
import type { Site } from '../../core/store/rows.ts';
import type { BotDeps } from '../deps.ts';
import { reading } from '../limit.ts';
import { type Caller, loadCaller } from '../middleware/caller.ts';
import type { CommandHandler } from '../turn.ts';

/** `/mtls site list`: for every role. */
export const runSiteList: CommandHandler = async (deps, turn) => {
  const { caller, sites } = await loadSites(deps, turn.person);
  await turn.tell(buildSiteList(sites, mayDo(caller.roles, 'site_add')));
};

export async function loadSites(
  deps: BotDeps,
  person: Parameters<typeof loadCaller>[1],
): Promise<{ caller: Caller; sites: Site[] }> {
  const caller = await loadCaller(deps, person);
  requireRole(caller.roles, 'site_list', caller.administrators);
  return { caller, sites: await reading(deps.store.sites(caller.accountId)) };
}

export function buildSiteList(sites: readonly Pick<Site, 'name' | 'state'>[], mayAdd: boolean): SlackMessage {
  return {
    text: sites.length === 0 ? 'There is no site yet.' : `The sites of this workspace (${sites.length}).`,
    blocks: siteBlocks(sites, mayAdd, 200),
  };
}
