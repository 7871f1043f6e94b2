import type { Approval, RequestItem } from '../rows.ts';

/** What waits for, or was decided by, a second person. */
export type ApprovalQuestions = {
  approval(id: string): Promise<Approval | undefined>;
  approvalOfRequest(requestId: string): Promise<Approval | undefined>;
  /** Those of the account that can still be decided, oldest first. */
  waitingApprovals(accountId: string, now: Date, limit: number): Promise<Approval[]>;

  /** Break-glass requests of a person since then. */
  countBreakGlass(accountId: string, actorId: string, since: Date): Promise<number>;
  /** The present version of a row that an approval is about; undefined when it is gone. */
  versionOf(target: Pick<Approval['targets'][number], 'table' | 'id'>): Promise<number | undefined>;

  /** Items of a request in their order, after `afterPosition`; of one state where it is given. */
  requestItems(
    requestId: string,
    page: { afterPosition: number; limit: number; state?: RequestItem['state'] },
  ): Promise<RequestItem[]>;
  /** The last in their order of those in this state. */
  lastRequestItem(requestId: string, state: RequestItem['state']): Promise<RequestItem | undefined>;
  /** How many items of a request are in which state. */
  countRequestItems(requestId: string): Promise<Record<RequestItem['state'], number>>;
};
