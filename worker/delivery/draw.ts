import type { Message } from '../../core/store/rows.ts';
import { drawApproval } from './draw-approval.ts';
import { drawOwner } from './draw-owner.ts';
import { drawReminder } from './draw-reminder.ts';
import { drawRequester } from './draw-requester.ts';
import type { DrawDeps, Placed } from './drawn.ts';
import { anchorMessage } from './messages/anchor.ts';
import { auditMessage } from './messages/audit.ts';

/**
 * Draws a message from the present state of its subject. A Home is no message: `publishHome` draws it.
 * @returns undefined when there is nothing to send: no channel is set, or the subject is gone.
 */
export function drawMessage(deps: DrawDeps, message: Message, place: Posted): Promise<Placed | undefined> {
  return DRAWN_BY[place](deps, message);
}

export type Posted = Exclude<Message['place'], 'home'>;

const DRAWN_BY: Record<Posted, (deps: DrawDeps, message: Message) => Promise<Placed | undefined>> = {
  requester: drawRequester,
  approval: drawApproval,
  owner: drawOwner,
  audit: drawAudit,
  anchor: drawAnchor,
  reminder: drawReminder,
};

async function drawAudit(deps: DrawDeps, message: Message): Promise<Placed | undefined> {
  const event = await deps.store.auditEvent(message.subjectId);
  const account = await deps.store.account(message.accountId);
  const channel = account?.auditChannel ?? deps.auditChannel;
  if (!event || !channel) return undefined;
  return { message: auditMessage(event), refreshAt: null, place: { channel } };
}

async function drawAnchor(deps: DrawDeps, message: Message): Promise<Placed | undefined> {
  const checkpoint = await deps.store.auditCheckpoint(message.subjectId);
  const account = await deps.store.account(message.accountId);
  const channel = account?.auditChannel ?? deps.auditChannel;
  if (!checkpoint || !channel) return undefined;
  return { message: anchorMessage(checkpoint), refreshAt: null, place: { channel } };
}
