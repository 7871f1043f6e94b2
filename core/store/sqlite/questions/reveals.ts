import { asc, eq, isNotNull } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { RevealQuestions } from '../../questions/reveals.ts';
import { revealOpenings, reveals } from '../schema.ts';
import { ask } from './ask.ts';

export function revealsIn(db: BetterSQLite3Database): RevealQuestions {
  return {
    reveal: (id) => ask(() => db.select().from(reveals).where(eq(reveals.id, id)).get()),

    revealsOf: (requestId) => ask(() => db.select().from(reveals).where(eq(reveals.requestId, requestId)).all()),

    liveReveals: (limit) =>
      ask(() =>
        db
          .select({ reveal: reveals, openedAt: revealOpenings.openedAt })
          .from(reveals)
          .leftJoin(revealOpenings, eq(revealOpenings.id, reveals.id))
          .where(isNotNull(reveals.sealed))
          .orderBy(asc(reveals.expiresAt))
          .limit(limit)
          .all(),
      ),
  };
}
