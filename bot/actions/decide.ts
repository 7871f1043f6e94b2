import { CountersignError } from '../../core/errors.ts';
import { decide, loadDecidable, type PressedButton } from '../decision.ts';
import type { BotDeps } from '../deps.ts';
import { replyMessage } from '../reply.ts';
import type { ActionHandler, ActionTurn } from '../turn.ts';
import { buildDenyView } from '../views/approval/deny.ts';
import { openView } from '../views/open-view.ts';

export const clickApprove: ActionHandler = (deps, turn) => decideAtOnce(deps, turn, 'approve');
export const clickAcknowledge: ActionHandler = (deps, turn) => decideAtOnce(deps, turn, 'acknowledge');

/** *Deny* asks for a reason first; whoever may not decide is told so before they write one. */
export const clickDeny: ActionHandler = async (deps, turn) => {
  const button = readButton(turn);
  const { approval } = await loadDecidable(deps, turn.person, button.approvalId, 'deny');
  await openView(turn, buildDenyView(button, approval));
};

/** *Withdraw* on the requester's own message; the value is the approval's id alone. */
export const clickWithdraw: ActionHandler = async (deps, turn) => {
  await loadDecidable(deps, turn.person, turn.value, 'withdraw');
  const payload = { approvalId: turn.value, decision: 'withdraw', because: '' } as const;
  await turn.done();
  await turn.tell(replyMessage(await decide(deps, turn.person, payload, `click:${turn.triggerId}`)));
};

async function decideAtOnce(deps: BotDeps, turn: ActionTurn, decision: 'approve' | 'acknowledge'): Promise<void> {
  const { approvalId, ...button } = readButton(turn);
  await loadDecidable(deps, turn.person, approvalId, decision);
  const payload = { approvalId, decision, because: '', button };
  await turn.done();
  await turn.tell(replyMessage(await decide(deps, turn.person, payload, `click:${turn.triggerId}`)));
}

function readButton(turn: ActionTurn): PressedButton {
  const [approvalId = '', hash = '', token = ''] = turn.value.split(':');
  if (!turn.message) throw new CountersignError('invalid_input');
  return { approvalId, hash, token, channel: turn.message.channel, ts: turn.message.ts };
}
