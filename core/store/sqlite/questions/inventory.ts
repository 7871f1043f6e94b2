import { and, eq, getTableColumns, inArray, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { InventoryQuestions } from '../../questions/inventory.ts';
import { certificates } from '../schema.ts';
import { ask } from './ask.ts';
import { reachQuery, walkQuery } from './inventory-walks.ts';

const { tbs: _tbs, certificate: _certificate, ...listed } = getTableColumns(certificates);

export function inventoryIn(db: BetterSQLite3Database): InventoryQuestions {
  return {
    inventoryReach: (accountId, walk, from, entries) =>
      ask(() => {
        const last = reachQuery(db, accountId, walk, from, entries).get();
        return last && { at: [last.order, last.id], createdAt: last.createdAt };
      }),

    inventoryWalk: (accountId, walk, stretch, restriction) =>
      ask(() =>
        walkQuery(db, accountId, walk, stretch, restriction)
          .all()
          .map(({ order, ...found }) => ({ ...found, at: [order, found.id] as const })),
      ),

    listedCertificates: (accountId, ids) =>
      ask(() => {
        const rows = db
          .select(listed)
          .from(certificates)
          .where(and(inArray(certificates.id, [...ids]), sql`+${eq(certificates.accountId, accountId)}` as SQL))
          .all();
        const byId = new Map(rows.map((row) => [row.id, row]));
        return ids.flatMap((id) => byId.get(id) ?? []);
      }),
  };
}
