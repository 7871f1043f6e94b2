import type { Committed, Plan } from './plan.ts';
import type {
  Account,
  AuditEvent,
  AuditHead,
  AuditLink,
  Authority,
  Certificate,
  Message,
  Request,
  RoleGrant,
  Site,
} from './rows.ts';

/**
 * Everything the domain knows of the database: one way to write, and the questions it asks. The same for every engine.
 * @throws CountersignError `busy` from any call when the database stays locked for longer than its busy timeout.
 */
export type Store = {
  /** Carries out the plan in one transaction, or nothing of it. */
  commit(plan: Plan): Promise<Committed>;

  account(id: string): Promise<Account | undefined>;
  countAccounts(): Promise<number>;
  roles(accountId: string): Promise<RoleGrant[]>;

  site(accountId: string, id: string): Promise<Site | undefined>;
  /** Active and pending, by name. */
  sites(accountId: string): Promise<Site[]>;
  /** Whichever account it belongs to; removed ones do not count. */
  siteByName(name: string): Promise<Site | undefined>;

  /** All generations, newest first. */
  authorities(accountId: string): Promise<Authority[]>;
  authority(id: string): Promise<Authority | undefined>;

  certificate(id: string): Promise<Certificate | undefined>;
  /** Of an `issue` request, newest first. */
  certificatesOfRequest(requestId: string): Promise<Certificate[]>;
  /** Whatever was ever made for this public key, in any account; newest first, at most 20. */
  certificatesByKey(spkiSha256: string): Promise<Certificate[]>;
  authorityByKey(spkiSha256: string): Promise<Authority | undefined>;

  request(id: string): Promise<Request | undefined>;
  requestByKey(accountId: string, idempotencyKey: string): Promise<Request | undefined>;
  /** The `show` requests of an `issue` request, oldest first. */
  requestsOf(parentId: string): Promise<Request[]>;
  /** Ids of recorded requests whose next attempt is due and that nobody is carrying out. */
  dueRequests(now: Date, limit: number): Promise<string[]>;
  /** Requests past their deadline that have not ended and that nobody is carrying out. */
  overdueRequests(now: Date, limit: number): Promise<Request[]>;

  message(id: string): Promise<Message | undefined>;
  messageOf(subjectId: string, place: Message['place']): Promise<Message | undefined>;
  /** Ids of messages that have something to send and that nobody is sending. */
  dueMessages(now: Date, limit: number): Promise<string[]>;
  /** Messages that must change by themselves now. */
  staleMessages(now: Date, limit: number): Promise<Message[]>;

  auditEvent(id: string): Promise<AuditEvent | undefined>;
  /** Committed events that are not yet in the chain, in the order of their commit. */
  pendingAuditEvents(limit: number): Promise<AuditEvent[]>;
  auditHead(accountId: string): Promise<AuditHead | undefined>;
  auditAccounts(): Promise<string[]>;
  /** The chain after `afterSequence`, in order. */
  auditChain(accountId: string, afterSequence: number, limit: number): Promise<(AuditEvent & AuditLink)[]>;
  /** Events of the account, chained or not. */
  countAuditEvents(accountId: string): Promise<number>;

  /** Forgets deliveries received before `before`. */
  pruneSlackDeliveries(before: Date): Promise<void>;
  close(): Promise<void>;
};
