import { and, eq, gt, inArray, isNotNull, max, sql, sum } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { UsageQuestions } from '../../questions/usage.ts';
import { certificates, sightings, usage } from '../schema.ts';
import { ask } from './ask.ts';

export function usageIn(db: BetterSQLite3Database): UsageQuestions {
  return {
    lastSightings: (ids) =>
      ask(() =>
        db
          .select({
            id: sightings.id,
            accountId: sightings.accountId,
            certificateId: sightings.certificateId,
            edge: sightings.edge,
            hostname: sightings.hostname,
            // SQLite takes the other columns from the row that holds the maximum.
            lastSeenAt: max(sightings.lastSeenAt),
          })
          .from(sightings)
          .where(inArray(sightings.certificateId, [...ids]))
          .groupBy(sightings.certificateId)
          .all()
          .map((row) => ({ ...row, lastSeenAt: row.lastSeenAt as Date })),
      ),

    certificatesSeenAt: (accountId, hostnames, since, limit) =>
      ask(() =>
        db
          .select({
            id: certificates.id,
            name: certificates.name,
            serial: certificates.serial,
            fingerprint: certificates.fingerprint,
            ownerId: certificates.ownerId,
            hostname: sightings.hostname,
            lastSeenAt: sightings.lastSeenAt,
          })
          .from(sightings)
          .innerJoin(certificates, eq(certificates.id, sightings.certificateId))
          .where(
            and(
              eq(sightings.accountId, accountId),
              inArray(sightings.hostname, [...hostnames]),
              gt(sightings.lastSeenAt, since),
              eq(certificates.state, 'active'),
            ),
          )
          .limit(limit)
          .all(),
      ),

    countUses: (ids, since) =>
      ask(() =>
        db
          .select({ certificateId: usage.certificateId, count: sum(usage.count).mapWith(Number) })
          .from(usage)
          .where(and(inArray(usage.certificateId, [...ids]), gt(usage.hourAt, since)))
          .groupBy(usage.certificateId)
          .all(),
      ),

    hasSightings: (accountId) =>
      ask(
        () =>
          db.select({ id: sightings.id }).from(sightings).where(eq(sightings.accountId, accountId)).limit(1).get() !==
          undefined,
      ),

    certificatesSeen: (accountId, seen) =>
      ask(() =>
        seen.length === 0
          ? []
          : db
              .select({ id: certificates.id, authorityId: certificates.authorityId, serial: certificates.serial })
              .from(certificates)
              .where(
                and(
                  sql`(${certificates.authorityId}, ${certificates.serial}) in (values ${sql.join(
                    seen.map(({ authorityId, serial }) => sql`(${authorityId}, ${serial})`),
                    sql`, `,
                  )})`,
                  sql`+${certificates.accountId} = ${accountId}`,
                  isNotNull(certificates.certificate),
                ),
              )
              .all(),
      ),
  };
}
