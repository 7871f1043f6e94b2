import { randomUUID } from 'node:crypto';
import { isPerson } from '../../core/access/actor.ts';
import { CountersignError } from '../../core/errors.ts';
import { decideReminder, largestMarkMs } from '../../core/renewal/due.ts';
import type { ReminderFor } from '../../core/renewal/message.ts';
import type { EndingCertificate } from '../../core/store/questions/renewal.ts';
import type { Account } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { type Due, planReminders } from './plan-reminders.ts';

/** Rows of the walk over what ends soon that are read at once, so that nobody waits long for the database. */
const READ_AT_ONCE = 500;
/** Reminders in one transaction; one message may tell of more. */
const WRITTEN_AT_ONCE = 500;

/** Reminds owners of certificates that end soon: one message for all that become due for one person in one run. */
export async function remindOwners(deps: JobDeps, account: Account): Promise<void> {
  const byOwner = new Map<string, Due[]>();
  for await (const { ownerId, due } of dueCertificates(deps, account)) {
    const known = byOwner.get(ownerId) ?? [];
    known.push(due);
    byOwner.set(ownerId, known);
  }
  for (const [ownerId, due] of byOwner) {
    const to = await standingOf(deps, account.id, ownerId);
    if (to === undefined) continue;
    await write(deps, account.id, to, due);
  }
}

/** Walks along the index of ends, no farther than the largest mark: what ends later costs nothing. */
async function* dueCertificates(
  deps: JobDeps,
  account: Account,
): AsyncGenerator<{ ownerId: string; due: Due }, void, undefined> {
  const now = deps.clock.now();
  const range = { from: now, upTo: new Date(now.getTime() + largestMarkMs(account.reminderDays)) };
  let after: EndingCertificate | undefined;
  do {
    const page = await deps.store.endingCertificates(account.id, { ...range, after, limit: READ_AT_ONCE });
    const settled = await settledMarks(deps, page);
    for (const certificate of page) {
      if (certificate.renewed) continue;
      const reminder = decideReminder(certificate, account.reminderDays, settled.get(certificate.id) ?? [], now);
      if (reminder) {
        yield { ownerId: certificate.ownerId, due: { kind: 'certificate', subjectId: certificate.id, reminder } };
      }
    }
    after = page.length < READ_AT_ONCE ? undefined : page.at(-1);
  } while (after);
}

async function settledMarks(deps: JobDeps, subjects: readonly { id: string }[]): Promise<Map<string, number[]>> {
  const settled = new Map<string, number[]>();
  if (subjects.length === 0) return settled;
  for (const { subjectId, daysBefore } of await deps.store.remindersOf(subjects.map(({ id }) => id))) {
    settled.set(subjectId, [...(settled.get(subjectId) ?? []), daysBefore]);
  }
  return settled;
}

/** Whether the owner is still here, or is no person at all; undefined while Slack cannot say, and then the next run asks again. */
async function standingOf(deps: JobDeps, accountId: string, ownerId: string): Promise<ReminderFor | undefined> {
  if (!isPerson(ownerId)) return 'key';
  try {
    await deps.people.requireMember(accountId, ownerId);
    return 'owner';
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    if (error.code === 'not_authorized') return 'gone';
    deps.logger.info({ account: accountId, error }, 'Slack cannot say who is here, reminders wait');
    return undefined;
  }
}

async function write(deps: JobDeps, accountId: string, to: ReminderFor, due: readonly Due[]): Promise<void> {
  const message = { id: randomUUID(), accountId, to, now: deps.clock.now() };
  for (let first = 0; first < due.length; first += WRITTEN_AT_ONCE) {
    const committed = await deps.store.commit(planReminders(due.slice(first, first + WRITTEN_AT_ONCE), message));
    // Another worker tells of it.
    if (!committed.ok) return;
  }
}
