import type { AuditCheckpoint, AuditEvent, AuditHead, AuditLink } from '../rows.ts';

/** Events and their chain. */
export type AuditQuestions = {
  auditEvent(id: string): Promise<AuditEvent | undefined>;
  /** Committed events that are not yet in the chain, in the order of their commit. */
  pendingAuditEvents(limit: number): Promise<AuditEvent[]>;
  auditHead(accountId: string): Promise<AuditHead | undefined>;
  auditAccounts(): Promise<string[]>;
  /** The chain after `afterSequence`, in order. */
  auditChain(accountId: string, afterSequence: number, limit: number): Promise<(AuditEvent & AuditLink)[]>;
  /** Heads that have something to sign by now. */
  dueCheckpoints(now: Date, limit: number): Promise<AuditHead[]>;
  auditCheckpoint(id: string): Promise<AuditCheckpoint | undefined>;
  newestAuditCheckpoint(accountId: string): Promise<AuditCheckpoint | undefined>;
  /** Those from one event to another, both included, in order. */
  auditCheckpoints(accountId: string, from: number, to: number): Promise<AuditCheckpoint[]>;
  /** Place and hash of one event in the chain. */
  auditLinkAt(accountId: string, sequence: number): Promise<AuditLink | undefined>;
  /**
   * The first and the last place in the chain of what happened from `from` to before `until`; undefined when nothing
   * did. Times may be out of order by as much as clocks differ: events near the borders are looked at.
   */
  auditRange(
    accountId: string,
    period: { from?: Date | undefined; until?: Date | undefined },
  ): Promise<{ first: number; last: number } | undefined>;
  /** Events of the account, chained or not. */
  countAuditEvents(accountId: string): Promise<number>;
};
