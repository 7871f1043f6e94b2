import { and, asc, desc, eq, gt, inArray, lte, ne, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { RequestQuestions } from '../../questions/requests.ts';
import { approvals, requests } from '../schema.ts';
import { ask, unleased } from './ask.ts';

export function requestsIn(db: BetterSQLite3Database): RequestQuestions {
  return {
    request: (id) => ask(() => db.select().from(requests).where(eq(requests.id, id)).get()),

    requestByKey: (accountId, key) =>
      ask(() =>
        db
          .select()
          .from(requests)
          .where(and(eq(requests.accountId, accountId), eq(requests.idempotencyKey, key)))
          .get(),
      ),

    requestsOf: (parentId) =>
      ask(() => db.select().from(requests).where(eq(requests.parentId, parentId)).orderBy(asc(sql`rowid`)).all()),

    dueRequests: (now, limit) =>
      ask(() =>
        db
          .select({ id: requests.id })
          .from(requests)
          .where(
            and(
              eq(requests.state, 'recorded'),
              lte(requests.nextAttemptAt, now),
              gt(requests.deadlineAt, now),
              unleased(requests.leaseUntil, now),
            ),
          )
          .orderBy(asc(requests.nextAttemptAt))
          .limit(limit)
          .all()
          .map((row) => row.id),
      ),

    overdueRequests: (now, limit) =>
      ask(() =>
        db
          .select()
          .from(requests)
          .where(
            and(
              inArray(requests.state, ['recorded', 'waiting']),
              lte(requests.deadlineAt, now),
              unleased(requests.leaseUntil, now),
            ),
          )
          .limit(limit)
          .all(),
      ),

    // One value, whatever their number: to build a statement with a thousand takes longer than to carry it out.
    settledRequests: (ids) =>
      ask(() =>
        db
          .select()
          .from(requests)
          .where(
            and(
              sql`${requests.id} in (select value from json_each(${JSON.stringify(ids)}))`,
              ne(requests.state, 'recorded'),
            ),
          )
          .all(),
      ),

    newestRequestFor: (accountId, actorId, contentHash) =>
      ask(() => {
        const found = db
          .select({ request: requests, approval: approvals })
          .from(requests)
          .leftJoin(approvals, eq(approvals.requestId, requests.id))
          .where(
            and(
              eq(requests.accountId, accountId),
              eq(requests.actorId, actorId),
              eq(requests.contentHash, contentHash),
            ),
          )
          .orderBy(desc(sql`requests.rowid`))
          .limit(1)
          .get();
        return found && { request: found.request, approval: found.approval ?? undefined };
      }),

    openRequestsOf: (accountId, actorId, limit) =>
      ask(() =>
        db
          .select()
          .from(requests)
          .where(
            and(
              eq(requests.accountId, accountId),
              eq(requests.actorId, actorId),
              inArray(requests.state, ['recorded', 'waiting']),
            ),
          )
          .orderBy(desc(requests.createdAt))
          .limit(limit)
          .all(),
      ),
  };
}
