import type { AuditEvent } from '../rows.ts';

/** A place in a history, from the newest event to the oldest: when it happened, and its number among all events. */
export type HistoryPlace = readonly [atMs: number, number: number];

/** What happened to one thing. */
export type HistoryQuestions = {
  /** Events about these subjects (at most 50), newest first, older than `before`. */
  historyOf(
    subjectIds: readonly string[],
    before: HistoryPlace | undefined,
    limit: number,
  ): Promise<{ event: AuditEvent; place: HistoryPlace }[]>;
  /** The requests that changed the status of a certificate, newest change first, each once. */
  statusRequestsOf(certificateId: string, limit: number): Promise<string[]>;
};
