import { and, asc, count, eq, gt, inArray, ne } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { AccountQuestions } from '../../questions/accounts.ts';
import { accounts, roles, sites } from '../schema.ts';
import { ask } from './ask.ts';

export function accountsIn(db: BetterSQLite3Database): AccountQuestions {
  return {
    account: (id) => ask(() => db.select().from(accounts).where(eq(accounts.id, id)).get()),

    countAccounts: () => ask(() => db.select({ n: count() }).from(accounts).get()?.n ?? 0),

    roles: (accountId) => ask(() => db.select().from(roles).where(eq(roles.accountId, accountId)).all()),

    site: (accountId, id) =>
      ask(() =>
        db
          .select()
          .from(sites)
          .where(and(eq(sites.id, id), eq(sites.accountId, accountId)))
          .get(),
      ),

    sites: (accountId) =>
      ask(() =>
        db
          .select()
          .from(sites)
          .where(and(eq(sites.accountId, accountId), inArray(sites.state, ['active', 'pending'])))
          .orderBy(asc(sites.name))
          .all(),
      ),

    siteByNumber: (accountId, number) =>
      ask(() =>
        db
          .select()
          .from(sites)
          .where(and(eq(sites.number, number), gt(sites.number, 0), eq(sites.accountId, accountId)))
          .get(),
      ),

    siteByName: (name) =>
      ask(() =>
        db
          .select()
          .from(sites)
          .where(and(eq(sites.name, name), ne(sites.state, 'removed')))
          .get(),
      ),
  };
}
