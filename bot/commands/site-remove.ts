import { requireRole } from '../../core/access/access.ts';
import { CountersignError } from '../../core/errors.ts';
import { parseSiteName } from '../../core/sites/name.ts';
import { actions, button, plain, type SlackMessage, section } from '../../core/slack/blocks.ts';
import { code } from '../../core/slack/text.ts';
import type { BotDeps } from '../deps.ts';
import { reading } from '../limit.ts';
import { loadCaller } from '../middleware/caller.ts';
import type { CommandTurn } from '../turn.ts';

export const REMOVE_SITE_ACTION = 'remove_site';

/** `/mtls site remove example.com`: for administrators. Only asks; the button with its confirmation does it. */
export async function runSiteRemove(deps: BotDeps, turn: CommandTurn, typed: string): Promise<void> {
  const caller = await loadCaller(deps, turn.person);
  requireRole(caller.roles, 'site_remove', caller.administrators);
  const name = parseSiteName(typed);
  const sites = await reading(deps.store.sites(caller.accountId));
  if (!sites.some((site) => site.name === name)) {
    throw new CountersignError('not_found', {
      userMessage: `There is no site ${code(name)} here. \`/mtls site list\` shows what there is.`,
    });
  }
  await turn.tell(buildRemoveQuestion(name));
}

export function buildRemoveQuestion(name: string): SlackMessage {
  const text = `Remove the site ${code(name)}? Nobody can create certificates for it any more.`;
  const remove = button({
    label: 'Remove site',
    action: REMOVE_SITE_ACTION,
    value: name,
    spoken: `Remove the site ${name}`,
    style: 'danger',
  });
  return {
    text,
    blocks: [
      section(text),
      actions('remove_site', [
        {
          ...remove,
          confirm: {
            title: plain('Remove this site?', 100),
            text: plain(`${name}: nobody can create certificates for it any more.`, 300),
            confirm: plain('Remove', 30),
            deny: plain('Keep', 30),
            style: 'danger',
          },
        },
      ]),
    ],
  };
}
