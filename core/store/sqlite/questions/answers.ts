import { asc, eq, isNotNull, lte, or } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { AnswerQuestions } from '../../questions/answers.ts';
import { owedAnswers, writtenAnswers } from '../schema.ts';
import { ask } from './ask.ts';

export function answersIn(db: BetterSQLite3Database): AnswerQuestions {
  return {
    owedAnswers: (now, limit) =>
      ask(() =>
        db
          .select({
            id: owedAnswers.id,
            requestId: owedAnswers.requestId,
            dueAt: owedAnswers.dueAt,
            writtenAt: writtenAnswers.writtenAt,
          })
          .from(owedAnswers)
          .leftJoin(writtenAnswers, eq(writtenAnswers.id, owedAnswers.requestId))
          .where(or(isNotNull(writtenAnswers.writtenAt), lte(owedAnswers.dueAt, now)))
          .orderBy(asc(owedAnswers.dueAt))
          .limit(limit)
          .all(),
      ),
  };
}
