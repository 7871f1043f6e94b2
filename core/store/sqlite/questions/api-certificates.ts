import { and, getTableColumns, inArray, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { ApiCertificate, ApiCertificateQuestions } from '../../questions/api-certificates.ts';
import { certificates as c } from '../schema.ts';
import { ask } from './ask.ts';

/** Said as the index is declared to be partial; with `indexed by`, SQLite refuses a query that cannot use it. */
const VISIBLE = sql`${c.deletedAt} is null and ${c.state} in ('active', 'held', 'revoked')`;
const INDEXED = sql`certificates indexed by certificates_api`;

const { tbs: _, ...columns } = getTableColumns(c);
const CHANGED_AT =
  sql<Date | null>`(select max(at) from status_changes where certificate_id = certificates.id)`.mapWith({
    mapFromDriverValue: (value: number | null) => (value === null ? null : new Date(value)),
  });

export function pageQuery(
  db: BetterSQLite3Database,
  siteId: string,
  { offset, limit }: { offset: number; limit: number },
) {
  return db
    .select({ id: sql<string>`${c.id}` })
    .from(INDEXED)
    .where(and(sql`${c.siteId} = ${siteId}`, VISIBLE))
    .orderBy(sql`${c.createdAt} desc`, sql`${c.id} desc`)
    .limit(limit)
    .offset(offset);
}

export function countQuery(db: BetterSQLite3Database, siteId: string) {
  return db
    .select({ n: sql<number>`count(*)` })
    .from(INDEXED)
    .where(and(sql`${c.siteId} = ${siteId}`, VISIBLE));
}

export function apiCertificatesIn(db: BetterSQLite3Database): ApiCertificateQuestions {
  const load = (ids: readonly string[]) =>
    db
      .select({ ...columns, changedAt: CHANGED_AT })
      .from(c)
      .where(and(inArray(c.id, [...ids]), VISIBLE))
      .all() as ApiCertificate[];
  return {
    // The places are counted along the index alone; of the rows only those of the page are read.
    apiCertificates: (siteId, page) =>
      ask(() =>
        db.transaction(() => {
          const ids = pageQuery(db, siteId, page)
            .all()
            .map(({ id }) => id);
          const rows = new Map(load(ids).map((row) => [row.id, row]));
          return {
            total: countQuery(db, siteId).get()?.n ?? 0,
            rows: ids.flatMap((id) => rows.get(id) ?? []),
          };
        }),
      ),

    apiCertificate: (siteId, id) => ask(() => load([id]).find((row) => row.siteId === siteId)),
  };
}
