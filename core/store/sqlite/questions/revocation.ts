import { and, asc, eq, gt, gte, isNotNull, isNull, lt, lte, max, min, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { RevocationQuestions, RevokedCertificate } from '../../questions/revocation.ts';
import { auditEvents, authorities, certificates, crlChunks, crls, publications, statusChanges } from '../schema.ts';
import { ask } from './ask.ts';

const place = sql<number>`${statusChanges}.rowid`;
const authorityPlace = sql<number>`${authorities}.rowid`;
/** In milliseconds as it is stored: a list of a million makes no `Date`s. */
const ms = (column: SQL.Aliased | unknown) => sql<number | null>`${column}`;

export function revocationIn(db: BetterSQLite3Database): RevocationQuestions {
  const inUse = (now: Date) => and(isNull(authorities.retiredAt), gt(authorities.notAfter, now));
  const changesOf = (authorityId: string, shard: number | undefined) =>
    and(eq(statusChanges.authorityId, authorityId), shard === undefined ? undefined : eq(statusChanges.shard, shard));

  return {
    revokedCertificates: (authorityId, shard, after, limit) =>
      ask(() =>
        db
          .select({
            shard: certificates.shard,
            serial: certificates.serial,
            state: certificates.state,
            notAfterMs: ms(certificates.notAfter),
            heldAtMs: ms(certificates.heldAt),
            revokedAtMs: ms(certificates.revokedAt),
            revocationReason: certificates.revocationReason,
            invalidityAtMs: ms(certificates.invalidityAt),
          })
          .from(certificates)
          .where(
            and(
              eq(certificates.authorityId, authorityId),
              // The words of the index `certificates_listed`, which this walks along without touching a row.
              sql`state in ('held', 'revoked')`,
              shard === undefined
                ? after && sql`(${certificates.shard}, ${certificates.serial}) > (${after.shard}, ${after.serial})`
                : and(eq(certificates.shard, shard), after && gt(certificates.serial, after.serial)),
            ),
          )
          .orderBy(asc(certificates.shard), asc(certificates.serial))
          .limit(limit)
          // Not `all`, which would take each row apart twice.
          .values()
          .map(listed),
      ),

    lastStatusChange: () =>
      ask(() => db.select({ last: sql<number | null>`max(rowid)` }).from(statusChanges).get()?.last ?? 0),

    statusChangesAfter: (after, limit) =>
      ask(() =>
        db
          .select({ place, authorityId: statusChanges.authorityId, shard: statusChanges.shard })
          .from(statusChanges)
          .where(gt(place, after))
          .orderBy(asc(place))
          .limit(limit)
          .all(),
      ),

    requestsOfStatusChanges: (authorityId, shard, from, to) =>
      ask(() =>
        db
          .selectDistinct({ id: statusChanges.requestId })
          .from(statusChanges)
          .where(
            and(changesOf(authorityId, shard), gt(place, from), lte(place, to), isNotNull(statusChanges.requestId)),
          )
          .all()
          .flatMap(({ id }) => id ?? []),
      ),

    statusInEffect: (certificateId) =>
      ask(() => {
        const [change] = db
          .select({
            place,
            state: statusChanges.state,
            at: statusChanges.at,
            authorityId: statusChanges.authorityId,
            shard: statusChanges.shard,
          })
          .from(statusChanges)
          .where(eq(statusChanges.certificateId, certificateId))
          .orderBy(sql`${place} desc`)
          .limit(1)
          .all();
        if (!change) return undefined;
        const find = (scope: string) =>
          db
            .select()
            .from(crls)
            .where(eq(crls.id, `${change.authorityId}:${scope}`))
            .get();
        const crl = find(String(change.shard)) ?? find('complete');
        return {
          state: change.state,
          changedAt: change.at,
          effective: crl !== undefined && crl.followed >= change.place,
          crl,
        };
      }),

    crl: (id) => ask(() => db.select().from(crls).where(eq(crls.id, id)).get()),

    crlsOf: (authorityId) => ask(() => db.select().from(crls).where(eq(crls.authorityId, authorityId)).all()),

    crlChunk: (contentId, position) =>
      ask(
        () =>
          db
            .select({ octets: crlChunks.octets })
            .from(crlChunks)
            .where(and(eq(crlChunks.contentId, contentId), eq(crlChunks.position, position)))
            .get()?.octets,
      ),

    authoritiesToResign: (now, limit) =>
      ask(() =>
        db
          .selectDistinct({ id: crls.authorityId })
          .from(crls)
          .innerJoin(authorities, eq(authorities.id, crls.authorityId))
          .where(and(lte(crls.resignAt, now), inUse(now)))
          .limit(limit)
          .all()
          .map(({ id }) => id),
      ),

    leastFollowed: (now) =>
      ask(
        () =>
          db
            .select({ least: min(crls.followed) })
            .from(crls)
            .innerJoin(authorities, eq(authorities.id, crls.authorityId))
            .where(inUse(now))
            .get()?.least ?? undefined,
      ),

    publication: (authorityId) =>
      ask(() => db.select().from(publications).where(eq(publications.id, authorityId)).get()),

    unpublishedAuthorities: (afterPlace, limit) =>
      ask(() =>
        db
          .select({ id: authorities.id, accountId: authorities.accountId, place: authorityPlace })
          .from(authorities)
          .leftJoin(publications, eq(publications.id, authorities.id))
          .where(and(gt(authorityPlace, afterPlace), isNull(publications.id)))
          .orderBy(asc(authorityPlace))
          .limit(limit)
          .all(),
      ),

    publicationsDue: (limit) =>
      ask(() =>
        db
          .select({ id: publications.id })
          .from(publications)
          .where(lt(publications.made, publications.wanted))
          .limit(limit)
          .all()
          .map(({ id }) => id),
      ),

    wasToldLate: (authorityId, since) =>
      ask(
        () =>
          db
            .select({ at: max(auditEvents.at) })
            .from(auditEvents)
            .where(
              and(
                eq(auditEvents.subjectId, authorityId),
                eq(auditEvents.action, 'crl.late'),
                gte(auditEvents.at, since),
              ),
            )
            .get()?.at != null,
      ),
  };
}

function listed(row: unknown[]): RevokedCertificate {
  const [shard, serial, state, notAfterMs, heldAtMs, revokedAtMs, revocationReason, invalidityAtMs] = row;
  return {
    shard,
    serial,
    state,
    notAfterMs,
    heldAtMs,
    revokedAtMs,
    revocationReason,
    invalidityAtMs,
  } as RevokedCertificate;
}
