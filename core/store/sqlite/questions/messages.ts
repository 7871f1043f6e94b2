import { and, asc, eq, isNotNull, lt, lte } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { MessageQuestions } from '../../questions/messages.ts';
import { messages } from '../schema.ts';
import { ask, unleased } from './ask.ts';

export function messagesIn(db: BetterSQLite3Database): MessageQuestions {
  return {
    message: (id) => ask(() => db.select().from(messages).where(eq(messages.id, id)).get()),

    messageOf: (subjectId, place) =>
      ask(() =>
        db
          .select()
          .from(messages)
          .where(and(eq(messages.subjectId, subjectId), eq(messages.place, place)))
          .get(),
      ),

    dueMessages: (now, limit) =>
      ask(() =>
        db
          .select({ id: messages.id })
          .from(messages)
          .where(
            and(
              lt(messages.sent, messages.wanted),
              lte(messages.nextAttemptAt, now),
              unleased(messages.leaseUntil, now),
            ),
          )
          .orderBy(asc(messages.nextAttemptAt))
          .limit(limit)
          .all()
          .map((row) => row.id),
      ),

    staleMessages: (now, limit) =>
      ask(() =>
        db
          .select()
          .from(messages)
          .where(and(isNotNull(messages.refreshAt), lte(messages.refreshAt, now)))
          .limit(limit)
          .all(),
      ),
  };
}
