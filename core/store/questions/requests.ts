import type { Request } from '../rows.ts';

/** What was asked for. */
export type RequestQuestions = {
  request(id: string): Promise<Request | undefined>;
  requestByKey(accountId: string, idempotencyKey: string): Promise<Request | undefined>;
  /** The `show` requests of an `issue` request, oldest first. */
  requestsOf(parentId: string): Promise<Request[]>;
  /** Ids of recorded requests whose next attempt is due and that nobody is carrying out. */
  dueRequests(now: Date, limit: number): Promise<string[]>;
  /** Requests past their deadline that have not ended and that nobody is carrying out. */
  overdueRequests(now: Date, limit: number): Promise<Request[]>;
  /** The requests of a person that have not ended, newest first. */
  openRequestsOf(accountId: string, actorId: string, limit: number): Promise<Request[]>;
};
