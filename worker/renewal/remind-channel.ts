import { randomUUID } from 'node:crypto';
import { authorityMarks, decideReminder, isLateCrl } from '../../core/renewal/due.ts';
import type { Account, Crl } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { type Due, planReminders } from './plan-reminders.ts';

/**
 * Tells the channel of generations of the authority that end, and of CRLs that should have been renewed long ago. All
 * that become due in one run are one message.
 */
export async function remindOfAuthorities(deps: JobDeps, account: Account, overdue: readonly Crl[]): Promise<void> {
  const due = [...(await dueAuthorities(deps, account)), ...(await lateCrls(deps, overdue))];
  if (due.length === 0) return;
  const message = { id: randomUUID(), accountId: account.id, to: 'authority' as const, now: deps.clock.now() };
  await deps.store.commit(planReminders(due, message));
}

async function dueAuthorities(deps: JobDeps, account: Account): Promise<Due[]> {
  const now = deps.clock.now();
  const marks = authorityMarks(account.reminderDays);
  const due: Due[] = [];
  for (const authority of await deps.store.presentAuthorities(account.id)) {
    const settled = (await deps.store.remindersOf([authority.id])).map(({ daysBefore }) => daysBefore);
    const reminder = decideReminder(
      { notBefore: authority.createdAt, notAfter: authority.notAfter },
      marks,
      settled,
      now,
    );
    if (reminder) due.push({ kind: 'authority', subjectId: authority.id, reminder });
  }
  return due;
}

/** Once for each CRL number: the next one that is signed is a new subject. */
async function lateCrls(deps: JobDeps, overdue: readonly Crl[]): Promise<Due[]> {
  const now = deps.clock.now();
  const late = overdue.filter((crl) => isLateCrl(crl, now));
  const subjects = late.map((crl) => `${crl.id}:${crl.number}`);
  const told = subjects.length === 0 ? [] : await deps.store.remindersOf(subjects);
  return subjects
    .filter((subjectId) => !told.some((reminder) => reminder.subjectId === subjectId))
    .map((subjectId) => ({ kind: 'crl', subjectId, reminder: { tell: 0, passed: [] } }));
}
