import { and, asc, eq, isNull } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { UploadedAuthorityQuestions } from '../../questions/uploaded-authorities.ts';
import { uploadedAuthorities } from '../schema.ts';
import { ask } from './ask.ts';

export function uploadedAuthoritiesIn(db: BetterSQLite3Database): UploadedAuthorityQuestions {
  return {
    uploadedAuthority: (id) =>
      ask(() => db.select().from(uploadedAuthorities).where(eq(uploadedAuthorities.id, id)).get()),

    uploadedAuthorities: (accountId) =>
      ask(() =>
        db
          .select()
          .from(uploadedAuthorities)
          .where(and(eq(uploadedAuthorities.accountId, accountId), isNull(uploadedAuthorities.deletedAt)))
          .orderBy(asc(uploadedAuthorities.name), asc(uploadedAuthorities.createdAt))
          .all(),
      ),
  };
}
