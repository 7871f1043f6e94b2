import { and, asc, count, eq, gt } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { ApprovalQuestions } from '../../questions/approvals.ts';
import { approvals, requestItems } from '../schema.ts';
import { ask } from './ask.ts';

export function approvalsIn(db: BetterSQLite3Database): ApprovalQuestions {
  return {
    approval: (id) => ask(() => db.select().from(approvals).where(eq(approvals.id, id)).get()),

    approvalOfRequest: (requestId) =>
      ask(() => db.select().from(approvals).where(eq(approvals.requestId, requestId)).get()),

    waitingApprovals: (accountId, limit) =>
      ask(() =>
        db
          .select()
          .from(approvals)
          .where(and(eq(approvals.accountId, accountId), eq(approvals.state, 'waiting')))
          .orderBy(asc(approvals.createdAt))
          .limit(limit)
          .all(),
      ),

    requestItems: (requestId, { afterPosition, limit, state }) =>
      ask(() =>
        db
          .select()
          .from(requestItems)
          .where(
            and(
              eq(requestItems.requestId, requestId),
              gt(requestItems.position, afterPosition),
              state === undefined ? undefined : eq(requestItems.state, state),
            ),
          )
          .orderBy(asc(requestItems.position))
          .limit(limit)
          .all(),
      ),

    countRequestItems: (requestId) =>
      ask(() => {
        const rows = db
          .select({ state: requestItems.state, n: count() })
          .from(requestItems)
          .where(eq(requestItems.requestId, requestId))
          .groupBy(requestItems.state)
          .all();
        return { pending: 0, done: 0, skipped: 0, ...Object.fromEntries(rows.map(({ state, n }) => [state, n])) };
      }),
  };
}
