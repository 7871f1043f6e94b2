import { and, asc, count, desc, eq, isNull, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { UploadedAuthorityQuestions } from '../../questions/uploaded-authorities.ts';
import { requests, uploadedAuthorities } from '../schema.ts';
import { ask } from './ask.ts';

export function uploadedAuthoritiesIn(db: BetterSQLite3Database): UploadedAuthorityQuestions {
  const present = isNull(uploadedAuthorities.deletedAt);
  const ofSite = (siteId: string) => and(eq(uploadedAuthorities.siteId, siteId), present);
  return {
    uploadedAuthority: (id) =>
      ask(() => db.select().from(uploadedAuthorities).where(eq(uploadedAuthorities.id, id)).get()),

    uploadedAuthorities: (accountId) =>
      ask(() =>
        db
          .select()
          .from(uploadedAuthorities)
          .where(and(eq(uploadedAuthorities.accountId, accountId), present))
          .orderBy(asc(uploadedAuthorities.name), asc(uploadedAuthorities.createdAt))
          .all(),
      ),

    uploadedAuthoritiesOfSite: (siteId, { offset, limit }) =>
      ask(() =>
        db
          .select()
          .from(uploadedAuthorities)
          .where(ofSite(siteId))
          .orderBy(desc(uploadedAuthorities.createdAt), asc(uploadedAuthorities.id))
          .limit(limit)
          .offset(offset)
          .all(),
      ),

    countUploadedAuthorities: (siteId) =>
      ask(() => db.select({ n: count() }).from(uploadedAuthorities).where(ofSite(siteId)).get()?.n ?? 0),

    uploadedSlots: (accountId) =>
      ask(() =>
        db
          .select({ slot: uploadedAuthorities.slot })
          .from(uploadedAuthorities)
          .where(and(eq(uploadedAuthorities.accountId, accountId), present))
          .all()
          .map(({ slot }) => slot),
      ),

    openBindsOf: (accountId, authorityId) =>
      ask(() =>
        db
          .select()
          .from(requests)
          .where(
            and(
              eq(requests.accountId, accountId),
              // Written out, because SQLite takes a partial index only when it can see that its condition holds.
              sql`${requests.state} in ('recorded', 'waiting')`,
              eq(requests.kind, 'bind'),
              sql`json_extract(${requests.payload}, '$.authorityId') = ${authorityId}`,
            ),
          )
          .orderBy(asc(requests.createdAt))
          .all(),
      ),
  };
}
