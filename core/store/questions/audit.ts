import type { AuditEvent, AuditHead, AuditLink } from '../rows.ts';

/** Events and their chain. */
export type AuditQuestions = {
  auditEvent(id: string): Promise<AuditEvent | undefined>;
  /** Committed events that are not yet in the chain, in the order of their commit. */
  pendingAuditEvents(limit: number): Promise<AuditEvent[]>;
  auditHead(accountId: string): Promise<AuditHead | undefined>;
  auditAccounts(): Promise<string[]>;
  /** The chain after `afterSequence`, in order. */
  auditChain(accountId: string, afterSequence: number, limit: number): Promise<(AuditEvent & AuditLink)[]>;
  /** Events of the account, chained or not. */
  countAuditEvents(accountId: string): Promise<number>;
};
