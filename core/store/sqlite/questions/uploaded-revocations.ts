import { and, asc, count, desc, eq, gt, isNotNull, isNull, lte, or } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { UploadedRevocationQuestions } from '../../questions/uploaded-revocations.ts';
import { blocks, uploadedAuthorities, uploadedCrls } from '../schema.ts';
import { ask, unleased } from './ask.ts';

export function uploadedRevocationsIn(db: BetterSQLite3Database): UploadedRevocationQuestions {
  const inForce = (authorityId: string) => and(eq(blocks.authorityId, authorityId), isNull(blocks.liftedAt));
  const withAuthority = () =>
    db
      .select({ crl: uploadedCrls })
      .from(uploadedCrls)
      .innerJoin(uploadedAuthorities, eq(uploadedAuthorities.id, uploadedCrls.id));

  return {
    uploadedCrl: (authorityId) =>
      ask(() => db.select().from(uploadedCrls).where(eq(uploadedCrls.id, authorityId)).get()),

    uploadedCrlsDue: (now, limit) =>
      ask(() =>
        withAuthority()
          .where(
            and(
              // Said to SQLite, which takes a partial index only when it can see that its condition holds.
              isNotNull(uploadedCrls.nextFetchAt),
              lte(uploadedCrls.nextFetchAt, now),
              unleased(uploadedCrls.leaseUntil, now),
              isNull(uploadedAuthorities.deletedAt),
              gt(uploadedAuthorities.notAfter, now),
            ),
          )
          .orderBy(asc(uploadedCrls.nextFetchAt))
          .limit(limit)
          .all()
          .map(({ crl }) => crl),
      ),

    uploadedCrlsToForget: (limit) =>
      ask(() =>
        withAuthority()
          .where(
            and(
              isNotNull(uploadedAuthorities.deletedAt),
              or(isNotNull(uploadedCrls.contentId), isNotNull(uploadedCrls.nextFetchAt)),
            ),
          )
          .limit(limit)
          .all()
          .map(({ crl }) => crl),
      ),

    block: (id) => ask(() => db.select().from(blocks).where(eq(blocks.id, id)).get()),

    blocksOf: (authorityId, limit) =>
      ask(() =>
        db
          .select()
          .from(blocks)
          .where(inForce(authorityId))
          .orderBy(desc(blocks.createdAt), asc(blocks.id))
          .limit(limit)
          .all(),
      ),

    countBlocks: (authorityId) =>
      ask(() => db.select({ n: count() }).from(blocks).where(inForce(authorityId)).get()?.n ?? 0),
  };
}
