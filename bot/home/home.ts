import type { HomeView } from '@slack/types';
import { context, header, section } from '../../core/slack/blocks.ts';
import { mention } from '../../core/slack/text.ts';
import type { Site } from '../../core/store/rows.ts';
import { buttonRow, entryButtons, possibilities, withoutRoleText } from '../commands/help.ts';
import { siteBlocks } from '../commands/site-list.ts';
import type { Caller } from '../middleware/caller.ts';

const SITES_SHOWN = 20;

/** The App Home: who you are here, what you can do, and the sites. */
export function buildHome(
  caller: Pick<Caller, 'userId' | 'roles' | 'administrators'>,
  sites: readonly Pick<Site, 'name' | 'state'>[],
): HomeView {
  const lines = possibilities(caller);
  const greeting = `Hello ${mention(caller.userId)}. Countersign issues client certificates, so that a site knows which device is calling (mutual TLS).`;
  if (lines.length === 0) {
    const text = withoutRoleText(caller.administrators);
    return { type: 'home', blocks: [header('Countersign'), section(greeting), section(text)] };
  }
  const roles = [...caller.roles].sort().join(', ');
  return {
    type: 'home',
    blocks: [
      header('Countersign'),
      section(greeting),
      section(`*What you can do*\n${lines.join('\n')}`),
      ...buttonRow(entryButtons(caller)),
      { type: 'divider' },
      ...siteBlocks(sites, caller.roles.has('administrator'), SITES_SHOWN),
      context(`Your roles here: ${roles}.`),
    ],
  };
}
