import type { AuditCheckpoint, AuditEvent, AuditHead, AuditLink } from '../rows.ts';
import type { HistoryPlace } from './history.ts';

/** Which events are meant; what is left out does not restrict. */
export type EventRestriction = {
  actorId?: string | undefined;
  action?: string | undefined;
  /** At most 50. */
  subjectIds?: readonly string[] | undefined;
  from?: Date | undefined;
  until?: Date | undefined;
};

/** From where the events are walked, exclusive, and which way; without a place from that end on. */
export type EventWalk = { towards: 'older' | 'newer'; place: HistoryPlace | undefined };

export type FoundEvent = { event: AuditEvent; sequence: number | undefined; place: HistoryPlace };

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
  /**
   * Events of the account, in the order of the walk. It goes along one index and looks at no more than `examine` of
   * its entries; `reached` is where it stopped for that, undefined where it has seen all there is.
   */
  auditEventsBy(
    accountId: string,
    restriction: EventRestriction,
    walk: EventWalk,
    limits: { limit: number; examine: number },
  ): Promise<{ found: FoundEvent[]; reached: HistoryPlace | undefined }>;
  /** Requests of the account whose id begins like this. */
  requestIdsBeginning(accountId: string, prefix: string, limit: number): Promise<string[]>;
  /** Events of the account, chained or not. */
  countAuditEvents(accountId: string): Promise<number>;
};
