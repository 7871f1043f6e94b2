import type { DueReminder } from '../../core/renewal/due.ts';
import { type ReminderFor, reminderSubject } from '../../core/renewal/message.ts';
import { insert, type Plan, wakeMessage } from '../../core/store/plan.ts';
import type { Reminder } from '../../core/store/rows.ts';

/** Something whose end is due to be told. */
export type Due = { kind: Reminder['subjectKind']; subjectId: string; reminder: DueReminder };

/**
 * What is told by one message, and what need not be told any more. The ids make each of them unique: whoever comes
 * second writes nothing at all.
 */
export function planReminders(
  due: readonly Due[],
  message: { id: string; accountId: string; to: ReminderFor; now: Date },
): Plan {
  const { id: messageId, accountId, now } = message;
  const row = ({ kind, subjectId }: Due, daysBefore: number, told: boolean) =>
    insert('reminders', {
      id: `${subjectId}:${daysBefore}`,
      accountId,
      subjectKind: kind,
      subjectId,
      daysBefore,
      messageId: told ? messageId : null,
      createdAt: now,
    });
  return [
    ...due.flatMap((one) => [
      row(one, one.reminder.tell, true),
      ...one.reminder.passed.map((days) => row(one, days, false)),
    ]),
    wakeMessage({
      id: messageId,
      accountId,
      subjectId: reminderSubject(message.to, messageId),
      place: 'reminder',
      now,
    }),
  ];
}
