import { actions, type SlackMessage, section } from '../../core/slack/blocks.ts';
import { code } from '../../core/slack/text.ts';
import type { AccessKey } from '../../core/store/rows.ts';
import type { BotDeps } from '../deps.ts';
import { askAboutKey, requireKeyNamed } from '../key-request.ts';
import { replyMessage } from '../reply.ts';
import type { CommandTurn } from '../turn.ts';
import { deleteButton } from '../views/key/list.ts';
import { loadKeyCaller } from '../views/key/open.ts';

/** `/mtls key disable NAME`, `/mtls key enable NAME`: for administrators. */
export async function runKeySwitch(
  deps: BotDeps,
  turn: CommandTurn,
  kind: 'key_disable' | 'key_enable',
  typed: string,
): Promise<void> {
  const caller = await loadKeyCaller(deps, turn.person);
  const key = await requireKeyNamed(deps, caller.accountId, typed);
  const idempotencyKey = `command:${turn.triggerId}`;
  await turn.tell(replyMessage(await askAboutKey(deps, caller, { kind, keyId: key.id, idempotencyKey })));
}

/** `/mtls key delete NAME`: only asks; the button with its confirmation does it. */
export async function runKeyDelete(deps: BotDeps, turn: CommandTurn, typed: string): Promise<void> {
  const caller = await loadKeyCaller(deps, turn.person);
  await turn.tell(buildDeleteQuestion(await requireKeyNamed(deps, caller.accountId, typed)));
}

function buildDeleteQuestion(key: AccessKey): SlackMessage {
  const text = `Delete the API key ${code(key.name)}? Its calls fail at once, for ever. To stop it for a while, \`/mtls key disable ${key.name}\` is enough.`;
  return { text, blocks: [section(text), actions('key_delete', [deleteButton(key)])] };
}
