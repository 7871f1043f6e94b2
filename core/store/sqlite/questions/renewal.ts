import { and, asc, count, desc, eq, gt, gte, inArray, isNull, lte, ne, or, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { RenewalQuestions } from '../../questions/renewal.ts';
import { accounts, authorities, certificates, reminders } from '../schema.ts';
import { ask } from './ask.ts';

/** Written out, because SQLite takes a partial index only when it can see that its condition holds. */
const isActive = sql`${certificates.state} = 'active'`;
const renewed = sql<number>`exists (select 1 from certificates successor where successor.renews_id = certificates.id
  and successor.renews_id is not null and successor.state = 'active')`;

export function renewalIn(db: BetterSQLite3Database): RenewalQuestions {
  return {
    accountsAfter: (id, limit) =>
      ask(() => db.select().from(accounts).where(gt(accounts.id, id)).orderBy(asc(accounts.id)).limit(limit).all()),

    endingCertificates: (accountId, { from, upTo, after, limit }) =>
      ask(() =>
        db
          .select({
            id: certificates.id,
            ownerId: certificates.ownerId,
            name: certificates.name,
            siteName: certificates.siteName,
            notBefore: certificates.notBefore,
            notAfter: certificates.notAfter,
            renewed,
          })
          .from(certificates)
          .where(
            and(
              eq(certificates.accountId, accountId),
              isActive,
              gte(certificates.notAfter, after?.notAfter ?? from),
              lte(certificates.notAfter, upTo),
              after && or(gt(certificates.notAfter, after.notAfter), gt(certificates.id, after.id)),
            ),
          )
          .orderBy(asc(certificates.notAfter), asc(certificates.id))
          .limit(limit)
          .all()
          .map((row) => ({ ...row, renewed: row.renewed === 1 })),
      ),

    remindersOf: (subjectIds) =>
      ask(() =>
        db
          .select()
          .from(reminders)
          .where(inArray(reminders.subjectId, [...subjectIds]))
          .all(),
      ),

    remindersIn: (messageId) => ask(() => db.select().from(reminders).where(eq(reminders.messageId, messageId)).all()),

    remindedCertificates: (messageId, limit) =>
      ask(() =>
        db
          .select({ certificate: certificates })
          .from(reminders)
          .innerJoin(certificates, eq(certificates.id, reminders.subjectId))
          .where(eq(reminders.messageId, messageId))
          .orderBy(asc(certificates.notAfter), asc(certificates.id))
          .limit(limit)
          .all()
          .map((row) => row.certificate),
      ),

    successorOf: (certificateId) =>
      ask(() =>
        db
          .select()
          .from(certificates)
          .where(
            and(
              eq(certificates.renewsId, certificateId),
              sql`${certificates.renewsId} is not null and ${certificates.state} in ('active', 'held')`,
            ),
          )
          .get(),
      ),

    presentAuthorities: (accountId) =>
      ask(() =>
        db
          .select()
          .from(authorities)
          .where(and(eq(authorities.accountId, accountId), isNull(authorities.retiredAt)))
          .orderBy(desc(authorities.generation))
          .all(),
      ),

    accountsInRotation: () =>
      ask(() =>
        db
          .select({ id: authorities.accountId })
          .from(authorities)
          .where(isNull(authorities.retiredAt))
          .groupBy(authorities.accountId)
          .having(gt(count(), 1))
          .all()
          .map((row) => row.id),
      ),

    lastEndOf: (authorityId) =>
      ask(
        () =>
          db
            .select({ notAfter: certificates.notAfter })
            .from(certificates)
            .where(and(eq(certificates.authorityId, authorityId), ne(certificates.state, 'abandoned')))
            .orderBy(desc(certificates.notAfter))
            .limit(1)
            .get()?.notAfter,
      ),
  };
}
