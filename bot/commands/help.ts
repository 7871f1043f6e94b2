import type { Button, KnownBlock } from '@slack/types';
import { mayDo } from '../../core/access/access.ts';
import { ACTIONS } from '../../core/slack/actions.ts';
import { actions, button, type SlackMessage, section } from '../../core/slack/blocks.ts';
import { mention } from '../../core/slack/text.ts';
import type { Caller } from '../middleware/caller.ts';
import { loadCaller } from '../middleware/caller.ts';
import type { CommandHandler } from '../turn.ts';

/** `/mtls` and `/mtls help`: what this person can do. */
export const runHelp: CommandHandler = async (deps, turn) => {
  await turn.tell(buildHelp(await loadCaller(deps, turn.person)));
};

export function buildHelp(caller: Pick<Caller, 'roles' | 'administrators'>): SlackMessage {
  const lines = possibilities(caller);
  const buttons = entryButtons(caller);
  if (lines.length === 0) {
    const text = withoutRoleText(caller.administrators);
    return { text, blocks: [section(text)] };
  }
  return {
    text: 'This is what you can do with Countersign.',
    blocks: [section(`*What you can do with Countersign*\n${lines.join('\n')}`), ...buttonRow(buttons)],
  };
}

/** The commands that the person's roles allow, a line each. */
export function possibilities({ roles }: Pick<Caller, 'roles'>): string[] {
  return [
    ...(mayDo(roles, 'issue') ? ['• `/mtls issue`: create a client certificate'] : []),
    ...(mayDo(roles, 'site_list') ? ['• `/mtls site list`: see the sites'] : []),
    ...(mayDo(roles, 'ca_show') ? ['• `/mtls ca`: the authority, which your servers must trust'] : []),
    ...(mayDo(roles, 'site_add')
      ? ['• `/mtls site add example.com`, `/mtls site remove example.com`: manage the sites']
      : []),
    ...(mayDo(roles, 'settings') ? ['• `/mtls settings`: roles, channels and the default validity'] : []),
  ];
}

/** Buttons that open what the person may open. */
export function entryButtons({ roles }: Pick<Caller, 'roles'>): Button[] {
  return [
    ...(mayDo(roles, 'issue')
      ? [button({ label: 'Create certificate', action: ACTIONS.openIssue, value: '', style: 'primary' as const })]
      : []),
    ...(mayDo(roles, 'site_list') ? [button({ label: 'Sites', action: ACTIONS.openSites, value: '' })] : []),
    ...(mayDo(roles, 'settings') ? [button({ label: 'Settings', action: ACTIONS.openSettings, value: '' })] : []),
  ];
}

export function buttonRow(buttons: Button[]): KnownBlock[] {
  return buttons.length === 0 ? [] : [actions('entry', buttons)];
}

export function withoutRoleText(administrators: readonly string[]): string {
  if (administrators.length === 0) {
    return 'Countersign has no administrator yet. Whoever runs it names one in `COUNTERSIGN_ADMINS` and starts it again.';
  }
  return `You have no role in Countersign yet. Ask ${administrators.slice(0, 5).map(mention).join(', ')} to give you one with \`/mtls settings\`.`;
}
