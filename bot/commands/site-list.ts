import type { KnownBlock } from '@slack/types';
import { mayDo, requireRole } from '../../core/access/access.ts';
import { type SlackMessage, section } from '../../core/slack/blocks.ts';
import { code } from '../../core/slack/text.ts';
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

/** A text object holds 3,000 characters, and all blocks of a message about 13,000. */
const SECTION_CHARACTERS = 2_900;
const SECTIONS = 3;

/** The sites, a line each, as many of them as fit. */
export function siteBlocks(
  sites: readonly Pick<Site, 'name' | 'state'>[],
  mayAdd: boolean,
  atMost: number,
): KnownBlock[] {
  if (sites.length === 0) {
    return [section(mayAdd ? 'There is no site yet. Add one: `/mtls site add example.com`' : 'There is no site yet.')];
  }
  const texts = [`*Sites (${sites.length})*`];
  let shown = 0;
  for (const site of sites.slice(0, atMost)) {
    const line = `\n• ${code(site.name)}${site.state === 'pending' ? ' (waiting for proof of ownership)' : ''}`;
    if ((texts.at(-1) as string).length + line.length > SECTION_CHARACTERS) {
      if (texts.length === SECTIONS) break;
      texts.push('');
    }
    texts.push(`${texts.pop()}${line}`);
    shown += 1;
  }
  const rest = sites.length - shown;
  return [...texts.map((text) => section(text.trimStart())), ...(rest > 0 ? [section(`… and ${rest} more.`)] : [])];
}
