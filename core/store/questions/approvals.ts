import type { Approval, RequestItem } from '../rows.ts';

/** What waits for, or was decided by, a second person. */
export type ApprovalQuestions = {
  approval(id: string): Promise<Approval | undefined>;
  approvalOfRequest(requestId: string): Promise<Approval | undefined>;
  /** Those of the account that nobody has decided yet, oldest first. */
  waitingApprovals(accountId: string, limit: number): Promise<Approval[]>;

  /** Items of a request in their order, after `afterPosition`; of one state where it is given. */
  requestItems(
    requestId: string,
    page: { afterPosition: number; limit: number; state?: RequestItem['state'] },
  ): Promise<RequestItem[]>;
  /** How many items of a request are in which state. */
  countRequestItems(requestId: string): Promise<Record<RequestItem['state'], number>>;
};
