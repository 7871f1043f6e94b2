import { bindingId } from '../../core/bindings/verbs.ts';
import { readReminderSubject } from '../../core/renewal/message.ts';
import type { Account, Message } from '../../core/store/rows.ts';
import type { DrawDeps, Placed } from './drawn.ts';
import { customCaReminder, type EndingCustomCa } from './messages/custom-ca-reminder.ts';
import { authorityReminder, type CertificatesFor, certificateReminder, REMINDED_SHOWN } from './messages/reminder.ts';

/**
 * A reminder, drawn from what it is about as that is now. Owners have it in their direct messages; what no person owns
 * (any more), and what concerns everybody, goes to the audit channel, or without one to the approval channel.
 */
export async function drawReminder(deps: DrawDeps, message: Message): Promise<Placed | undefined> {
  const to = readReminderSubject(message.subjectId);
  const account = await deps.store.account(message.accountId);
  if (!account) return undefined;
  const drawn =
    to === 'authority' || to === 'uploaded' ? undefined : await drawCertificates(deps, message, account, to);
  if (to === 'owner') return drawn && { message: drawn.message, refreshAt: null, place: { user: drawn.ownerId } };
  const content =
    to === 'authority'
      ? await drawAuthorities(deps, message)
      : to === 'uploaded'
        ? await drawCustomCas(deps, message)
        : drawn?.message;
  const channel = account.auditChannel ?? deps.auditChannel ?? account.approvalChannel ?? deps.approvalChannel;
  return content && channel ? { message: content, refreshAt: null, place: { channel } } : undefined;
}

async function drawCertificates(deps: DrawDeps, { id }: Message, account: Account, to: CertificatesFor) {
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
  return { ownerId, message: certificateReminder(shown, { ownerId, to, total, withinDays, now: deps.clock.now() }) };
}

async function drawAuthorities(deps: DrawDeps, { id, accountId }: Message) {
  const reminders = await deps.store.remindersIn(id);
  const generations = await deps.store.authorities(accountId);
  const ending = generations.filter((one) => reminders.some(({ subjectId }) => subjectId === one.id));
  return authorityReminder(ending, generations[0], deps.clock.now());
}

async function drawCustomCas(deps: DrawDeps, { id, accountId }: Message) {
  const ending: EndingCustomCa[] = [];
  for (const { subjectId } of await deps.store.remindersIn(id)) {
    const authority = await deps.store.uploadedAuthority(subjectId);
    if (authority?.accountId !== accountId) continue;
    const site = await deps.store.site(accountId, authority.siteId);
    const binding = await deps.store.binding(bindingId(authority.siteId, authority.id));
    ending.push({ authority, siteName: site?.name ?? '', hostnames: binding?.hostnames ?? [] });
  }
  return ending.length === 0 ? undefined : customCaReminder(ending, deps.clock.now());
}
