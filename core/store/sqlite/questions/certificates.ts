import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { CertificateQuestions } from '../../questions/certificates.ts';
import { authorities, certificates } from '../schema.ts';
import { ask } from './ask.ts';

export function certificatesIn(db: BetterSQLite3Database): CertificateQuestions {
  return {
    authorities: (accountId) =>
      ask(() =>
        db
          .select()
          .from(authorities)
          .where(eq(authorities.accountId, accountId))
          .orderBy(desc(authorities.generation))
          .all(),
      ),

    authority: (id) => ask(() => db.select().from(authorities).where(eq(authorities.id, id)).get()),

    authorityByKey: (key) =>
      ask(() => db.select().from(authorities).where(eq(authorities.spkiSha256, key)).limit(1).get()),

    certificate: (id) => ask(() => db.select().from(certificates).where(eq(certificates.id, id)).get()),

    successorOf: (certificateId) =>
      ask(() =>
        db
          .select()
          .from(certificates)
          .where(and(eq(certificates.renewsId, certificateId), inArray(certificates.state, ['active', 'held'])))
          .orderBy(desc(certificates.createdAt))
          .limit(1)
          .get(),
      ),

    certificatesOfRequest: (requestId) =>
      ask(() =>
        db.select().from(certificates).where(eq(certificates.requestId, requestId)).orderBy(desc(sql`rowid`)).all(),
      ),

    certificatesByKey: (key) =>
      ask(() =>
        db
          .select()
          .from(certificates)
          .where(eq(certificates.spkiSha256, key))
          .orderBy(desc(certificates.createdAt))
          .limit(20)
          .all(),
      ),
  };
}
