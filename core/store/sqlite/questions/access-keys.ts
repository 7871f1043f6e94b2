import { and, eq } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { AccessKeyQuestions } from '../../questions/access-keys.ts';
import { accessKeys } from '../schema.ts';
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
  };
}
