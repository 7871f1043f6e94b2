import { and, desc, eq, exists, gt, gte, isNull, lte, not, or, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { OcspQuestions } from '../../questions/ocsp.ts';
import { authorities, certificates, ocspResponders } from '../schema.ts';
import { ask } from './ask.ts';

export function ocspIn(db: BetterSQLite3Database): OcspQuestions {
  // Asked for every answer, so it is prepared once.
  const status = db
    .select({
      state: certificates.state,
      heldAt: certificates.heldAt,
      revokedAt: certificates.revokedAt,
      revocationReason: certificates.revocationReason,
      version: certificates.version,
    })
    .from(certificates)
    .where(
      and(
        eq(certificates.authorityId, sql.placeholder('authorityId')),
        eq(certificates.serial, sql.placeholder('serial')),
      ),
    )
    .prepare();

  return {
    certificateStatus: (authorityId, serial) => ask(() => status.get({ authorityId, serial })),

    ocspResponder: (authorityId, at) =>
      ask(() =>
        db
          .select()
          .from(ocspResponders)
          .where(
            and(
              eq(ocspResponders.authorityId, authorityId),
              lte(ocspResponders.notBefore, at),
              gt(ocspResponders.notAfter, at),
            ),
          )
          .orderBy(desc(ocspResponders.notAfter))
          .limit(1)
          .get(),
      ),

    authoritiesWithoutResponder: (now, until, limit) =>
      ask(() =>
        db
          .select()
          .from(authorities)
          .where(
            and(
              isNull(authorities.retiredAt),
              gt(authorities.notAfter, now),
              exists(db.select({ one: sql`1` }).from(certificates).where(eq(certificates.authorityId, authorities.id))),
              not(
                exists(
                  db
                    .select({ one: sql`1` })
                    .from(ocspResponders)
                    .where(
                      and(
                        eq(ocspResponders.authorityId, authorities.id),
                        lte(ocspResponders.notBefore, now),
                        or(gt(ocspResponders.notAfter, until), gte(ocspResponders.notAfter, authorities.notAfter)),
                      ),
                    ),
                ),
              ),
            ),
          )
          .limit(limit)
          .all(),
      ),
  };
}
