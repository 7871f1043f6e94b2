import type { Message } from '../rows.ts';

/** Messages in Slack and whether they are up to date. */
export type MessageQuestions = {
  message(id: string): Promise<Message | undefined>;
  messageOf(subjectId: string, place: Message['place']): Promise<Message | undefined>;
  /** Ids of messages that have something to send and that nobody is sending. */
  dueMessages(now: Date, limit: number): Promise<string[]>;
  /** Messages that must change by themselves now. */
  staleMessages(now: Date, limit: number): Promise<Message[]>;
};
