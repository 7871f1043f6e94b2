import { and, asc, count, eq, ne, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { AccessKeyQuestions } from '../../questions/access-keys.ts';
import { accessKeys, accessKeyUses } from '../schema.ts';
import { ask } from './ask.ts';

export function accessKeysIn(db: BetterSQLite3Database): AccessKeyQuestions {
  return {
    accessKey: (id) => ask(() => db.select().from(accessKeys).where(eq(accessKeys.id, id)).get()),

    accessKeyByPublicId: (accessKeyId) =>
      ask(() => db.select().from(accessKeys).where(eq(accessKeys.accessKeyId, accessKeyId)).get()),

    accessKeyByName: (accountId, name) =>
      ask(() =>
        db
          .select()
          .from(accessKeys)
          .where(and(eq(accessKeys.accountId, accountId), eq(accessKeys.name, name)))
          .get(),
      ),

    accessKeyOfRequest: (requestId) =>
      ask(() => db.select().from(accessKeys).where(eq(accessKeys.requestId, requestId)).get()),

    accessKeysOf: (accountId, { skip, limit }) =>
      ask(() =>
        db
          .select({ key: accessKeys, use: accessKeyUses })
          .from(accessKeys)
          .leftJoin(accessKeyUses, eq(accessKeyUses.id, accessKeys.id))
          .where(and(eq(accessKeys.accountId, accountId), ne(accessKeys.state, 'deleted')))
          .orderBy(asc(accessKeys.name))
          .limit(limit)
          .offset(skip)
          .all()
          .map(({ key, use }) => ({ key, use: use ?? undefined })),
      ),

    countAccessKeys: (accountId) =>
      ask(() => {
        const [counted] = db
          .select({ all: count(), deleted: sql<number>`count(*) filter (where ${accessKeys.state} = 'deleted')` })
          .from(accessKeys)
          .where(eq(accessKeys.accountId, accountId))
          .all();
        const { all = 0, deleted = 0 } = counted ?? {};
        return { present: all - deleted, deleted };
      }),
  };
}
