/**
 * For whom a message of reminders is: the owner of certificates, whoever looks after those of somebody who is gone, or
 * whoever looks after the authority. The last two go to a channel.
 */
export type ReminderFor = 'owner' | 'gone' | 'authority';

/** The subject of a message of reminders, which says for whom it is. */
export function reminderSubject(to: ReminderFor, messageId: string): string {
  return `${to}:${messageId}`;
}

export function readReminderSubject(subjectId: string): ReminderFor {
  const [to] = subjectId.split(':');
  return to === 'gone' || to === 'authority' ? to : 'owner';
}
