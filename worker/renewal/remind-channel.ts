import { randomUUID } from 'node:crypto';
import { authorityMarks, decideReminder } from '../../core/renewal/due.ts';
import type { Account } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { type Due, planReminders } from './plan-reminders.ts';

/**
 * Tells the channel of generations of the authority that end: all that become due in one run in one message. CRLs that
 * are late have an alarm of their own (worker/publish/late.ts).
 */
export async function remindOfAuthorities(deps: JobDeps, account: Account): Promise<void> {
  const due = await dueAuthorities(deps, account);
  if (due.length === 0) return;
  const message = { id: randomUUID(), accountId: account.id, to: 'authority' as const, now: deps.clock.now() };
  // Where it is a duplicate, another worker tells of it.
  await deps.store.commit(planReminders(due, message));
}

async function dueAuthorities(deps: JobDeps, account: Account): Promise<Due[]> {
  const now = deps.clock.now();
  const marks = authorityMarks(account.reminderDays);
  const due: Due[] = [];
  for (const authority of await deps.store.presentAuthorities(account.id)) {
    const settled = (await deps.store.remindersOf([authority.id])).map(({ daysBefore }) => daysBefore);
    const validity = { notBefore: authority.createdAt, notAfter: authority.notAfter };
    const reminder = decideReminder(validity, marks, settled, now);
    if (reminder) due.push({ kind: 'authority', subjectId: authority.id, reminder });
  }
  return due;
}

/** The same for custom CAs: their clients are refused from then on, and whoever runs the CA may not know who they are. */
export async function remindOfCustomCas(deps: JobDeps, account: Account): Promise<void> {
  const now = deps.clock.now();
  const marks = authorityMarks(account.reminderDays);
  const sites = new Set((await deps.store.sites(account.id)).map(({ id }) => id));
  // Nothing is enforced for a site that was removed.
  const some = (await deps.store.uploadedAuthorities(account.id)).filter(({ siteId }) => sites.has(siteId));
  const due: Due[] = [];
  for (const { id: subjectId, createdAt, notAfter } of some) {
    const settled = (await deps.store.remindersOf([subjectId])).map(({ daysBefore }) => daysBefore);
    // From its upload on: nobody is reminded of what they have just uploaded.
    const reminder = decideReminder({ notBefore: createdAt, notAfter }, marks, settled, now);
    if (reminder) due.push({ kind: 'uploaded_authority', subjectId, reminder });
  }
  if (due.length === 0) return;
  await deps.store.commit(planReminders(due, { id: randomUUID(), accountId: account.id, to: 'uploaded', now }));
}
