import { readReminderSubject } from '../../core/renewal/message.ts';
import type { Account, Message } from '../../core/store/rows.ts';
import type { DrawDeps, Placed } from './drawn.ts';
import { authorityReminder, certificateReminder, REMINDED_SHOWN } from './messages/reminder.ts';

/**
 * A reminder, drawn from what it is about as that is now. Owners have it in their direct messages; what has no owner
 * any more, and what concerns everybody, goes to the audit channel, or without one to the approval channel.
 */
export async function drawReminder(deps: DrawDeps, message: Message): Promise<Placed | undefined> {
  const to = readReminderSubject(message.subjectId);
  const account = await deps.store.account(message.accountId);
  if (!account) return undefined;
  const drawn = to === 'authority' ? undefined : await drawCertificates(deps, message, account, to === 'gone');
  if (to === 'owner') return drawn && { message: drawn.message, refreshAt: null, place: { user: drawn.ownerId } };
  const content = to === 'authority' ? await drawAuthorities(deps, message) : drawn?.message;
  const channel = account.auditChannel ?? deps.auditChannel ?? account.approvalChannel ?? deps.approvalChannel;
  return content && channel ? { message: content, refreshAt: null, place: { channel } } : undefined;
}

async function drawCertificates(deps: DrawDeps, { id }: Message, account: Account, gone: boolean) {
  const certificates = await deps.store.remindedCertificates(id, REMINDED_SHOWN);
  const ownerId = certificates[0]?.ownerId;
  if (ownerId === undefined) return undefined;
  const total = (await deps.store.remindersIn(id)).length;
  const shown = await Promise.all(
    certificates.map(async (certificate) => ({
      certificate,
      renewed: (await deps.store.successorOf(certificate.id)) !== undefined,
    })),
  );
  const withinDays = Math.max(1, ...account.reminderDays);
  return { ownerId, message: certificateReminder(shown, { ownerId, gone, total, withinDays, now: deps.clock.now() }) };
}

async function drawAuthorities(deps: DrawDeps, { id, accountId }: Message) {
  const reminders = await deps.store.remindersIn(id);
  const generations = await deps.store.authorities(accountId);
  const ending = generations.filter((one) => reminders.some(({ subjectId }) => subjectId === one.id));
  return authorityReminder(ending, generations[0], deps.clock.now());
}
