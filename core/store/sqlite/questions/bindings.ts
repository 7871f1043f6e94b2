import { asc, desc, eq, inArray, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { BindingQuestions } from '../../questions/bindings.ts';
import { bindings } from '../schema.ts';
import { ask } from './ask.ts';

export function bindingsIn(db: BetterSQLite3Database): BindingQuestions {
  const managedFirst = [
    asc(bindings.siteId),
    desc(sql`${bindings.authorityId} = 'managed'`),
    asc(bindings.authorityId),
  ];
  return {
    binding: (id) => ask(() => db.select().from(bindings).where(eq(bindings.id, id)).get()),

    bindings: (accountId) =>
      ask(() =>
        db
          .select()
          .from(bindings)
          .where(eq(bindings.accountId, accountId))
          .orderBy(...managedFirst)
          .all(),
      ),

    bindingsOfSites: (siteIds) =>
      ask(() =>
        db
          .select()
          .from(bindings)
          .where(inArray(bindings.siteId, [...siteIds]))
          .orderBy(...managedFirst)
          .all(),
      ),
  };
}
