import { CountersignError } from '../../core/errors.ts';
import { askAboutKey, type KeyRequestKind, requireKey } from '../key-request.ts';
import { replyMessage } from '../reply.ts';
import type { ActionHandler } from '../turn.ts';
import { drawKeyList, readKeyListState } from '../views/key/load-list.ts';
import { loadKeyCaller } from '../views/key/open.ts';
import { replaceView } from '../views/open-view.ts';

/** *Disable*, *Enable*, *Delete…* in the list, and the last one in the answer to `/mtls key delete`. */
export const clickDisableKey: ActionHandler = (deps, turn) => change(deps, turn, 'key_disable');
export const clickEnableKey: ActionHandler = (deps, turn) => change(deps, turn, 'key_enable');
export const clickDeleteKey: ActionHandler = (deps, turn) => change(deps, turn, 'key_delete');

/** What was shown is answered once, however often its button is pressed: a list, as it was drawn, or a question. */
async function change(
  deps: Parameters<ActionHandler>[0],
  turn: Parameters<ActionHandler>[1],
  kind: KeyRequestKind,
): Promise<void> {
  const { view, message } = turn;
  const caller = await loadKeyCaller(deps, turn.person);
  const key = await requireKey(deps, caller.accountId, turn.value);
  const shown = view ? `view:${view.id}:${view.hash}` : message && `message:${message.channel}:${message.ts}`;
  if (shown === undefined) throw new CountersignError('invalid_input');
  const idempotencyKey = `${shown}:${caller.userId}:${kind}:${key.id}`;
  await turn.done();
  const outcome = await askAboutKey(deps, caller, { kind, keyId: key.id, idempotencyKey });
  if (view) {
    const { person } = turn;
    await replaceView(turn, view, await drawKeyList(deps, person, readKeyListState(view.privateMetadata), outcome));
    return;
  }
  await turn.respond({ response_type: 'ephemeral', replace_original: true, ...replyMessage(outcome) });
}
