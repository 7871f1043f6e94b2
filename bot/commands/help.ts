import { type SlackMessage, section } from '../../core/slack/blocks.ts';
import { buttonRow, entryButtons, possibilities, withoutRoleText } from '../../core/slack/entry.ts';
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
