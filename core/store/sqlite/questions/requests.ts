import { and, asc, desc, eq, gt, inArray, lte, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { RequestQuestions } from '../../questions/requests.ts';
import { requests } from '../schema.ts';
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
