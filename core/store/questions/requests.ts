import type { Approval, Request } from '../rows.ts';

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
  /** Those of these requests that are not `recorded` any more: done, waiting for a person, or ended otherwise. */
  settledRequests(ids: readonly string[]): Promise<Request[]>;
  /** The newest request of this actor with this content (core/requests/content.ts), and what was decided on it. */
  newestRequestFor(
    accountId: string,
    actorId: string,
    contentHash: string,
  ): Promise<{ request: Request; approval: Approval | undefined } | undefined>;
  /** The requests of a person that have not ended, newest first. */
  openRequestsOf(accountId: string, actorId: string, limit: number): Promise<Request[]>;
};
