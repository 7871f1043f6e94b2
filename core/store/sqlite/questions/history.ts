import { and, desc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { HistoryQuestions } from '../../questions/history.ts';
import { auditEvents, statusChanges } from '../schema.ts';
import { ask } from './ask.ts';

const rowid = sql<number>`${auditEvents}.rowid`;

export function historyIn(db: BetterSQLite3Database): HistoryQuestions {
  return {
    historyOf: (subjectIds, before, limit) =>
      ask(() =>
        db
          .select({ event: auditEvents, number: rowid })
          .from(auditEvents)
          .where(
            and(
              inArray(auditEvents.subjectId, subjectIds.slice(0, 50)),
              before && sql`(${auditEvents.at}, ${rowid}) < (${before[0]}, ${before[1]})`,
            ),
          )
          .orderBy(desc(auditEvents.at), desc(rowid))
          .limit(limit)
          .all()
          .map(({ event, number }) => ({ event, place: [event.at.getTime(), number] as const })),
      ),

    statusRequestsOf: (certificateId, limit) =>
      ask(() => [
        ...new Set(
          db
            .select({ requestId: statusChanges.requestId })
            .from(statusChanges)
            .where(and(eq(statusChanges.certificateId, certificateId), isNotNull(statusChanges.requestId)))
            .orderBy(desc(sql`${statusChanges}.rowid`))
            .limit(limit)
            .all()
            .flatMap(({ requestId }) => (requestId === null ? [] : [requestId])),
        ),
      ]),
  };
}
