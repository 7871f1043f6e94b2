import type { Clock } from '../../core/clock.ts';
import type { SealingKeys } from '../../core/config/secrets.ts';
import type { Message } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { drawApproval } from './draw-approval.ts';
import { drawReminder } from './draw-reminder.ts';
import { drawRequester } from './draw-requester.ts';
import { anchorMessage } from './messages/anchor.ts';
import { auditMessage } from './messages/audit.ts';
import type { Drawn } from './messages/issue.ts';

/** Where a message goes: a person's direct messages, or a channel. */
export type Place = { user: string } | { channel: string };

export type DrawDeps = {
  store: Store;
  clock: Clock;
  keys: SealingKeys;
  /** The channels of accounts that have set none. */
  auditChannel: string | undefined;
  approvalChannel: string | undefined;
};

export type Placed = Drawn & { place: Place };

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
