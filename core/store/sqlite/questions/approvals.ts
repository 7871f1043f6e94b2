import { and, asc, count, desc, eq, gt } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { ApprovalQuestions } from '../../questions/approvals.ts';
import { approvals, requestItems, requests, tables } from '../schema.ts';
import { ask } from './ask.ts';

export function approvalsIn(db: BetterSQLite3Database): ApprovalQuestions {
  return {
    approval: (id) => ask(() => db.select().from(approvals).where(eq(approvals.id, id)).get()),

    approvalOfRequest: (requestId) =>
      ask(() => db.select().from(approvals).where(eq(approvals.requestId, requestId)).get()),

    waitingApprovals: (accountId, now, limit) =>
      ask(() =>
        db
          .select()
          .from(approvals)
          .where(and(eq(approvals.accountId, accountId), eq(approvals.state, 'waiting'), gt(approvals.expiresAt, now)))
          .orderBy(asc(approvals.createdAt))
          .limit(limit)
          .all(),
      ),

    countBreakGlass: (accountId, actorId, since) =>
      ask(
        () =>
          db
            .select({ n: count() })
            .from(approvals)
            .innerJoin(requests, eq(requests.id, approvals.requestId))
            .where(
              and(
                eq(approvals.accountId, accountId),
                eq(approvals.purpose, 'acknowledgement'),
                gt(approvals.createdAt, since),
                eq(requests.actorId, actorId),
              ),
            )
            .get()?.n ?? 0,
      ),

    versionOf: ({ table, id }) =>
      ask(() => {
        const from = tables[table];
        return db.select({ version: from.version }).from(from).where(eq(from.id, id)).get()?.version;
      }),

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

    lastRequestItem: (requestId, state) =>
      ask(() =>
        db
          .select()
          .from(requestItems)
          .where(and(eq(requestItems.requestId, requestId), eq(requestItems.state, state)))
          .orderBy(desc(requestItems.position))
          .limit(1)
          .get(),
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
