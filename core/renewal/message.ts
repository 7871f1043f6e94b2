/**
 * For whom a message of reminders is: the owner of certificates; whoever looks after those of somebody who is gone or of
 * an API key; whoever looks after the authority, or after custom CAs. All but the first go to a channel.
 */
const READERS = ['owner', 'gone', 'key', 'authority', 'uploaded'] as const;
export type ReminderFor = (typeof READERS)[number];

/** The subject of a message of reminders, which says for whom it is. */
export function reminderSubject(to: ReminderFor, messageId: string): string {
  return `${to}:${messageId}`;
}

export function readReminderSubject(subjectId: string): ReminderFor {
  const [to] = subjectId.split(':');
  return READERS.find((reader) => reader === to) ?? 'owner';
}
