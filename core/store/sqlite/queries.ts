import { and, asc, count, desc, eq, gt, inArray, isNotNull, isNull, lt, lte, ne, or, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { CountersignError } from '../../errors.ts';
import type { Store } from '../store.ts';
import { isBusy } from './commit.ts';
import * as schema from './schema.ts';

/** Runs a question or a plan; a database that stays locked is one typed error everywhere. */
export async function ask<T>(question: () => T): Promise<T> {
  try {
    return question();
  } catch (error) {
    throw isBusy(error) ? new CountersignError('busy', { cause: error }) : error;
  }
}

/** The questions of the store, in SQL; what each promises stands in store.ts. */
export function makeQueries(db: BetterSQLite3Database): Omit<Store, 'commit' | 'close'> {
  const { accounts, roles, sites, authorities, certificates, requests, messages } = schema;
  const { auditEvents, auditPending, auditLinks, auditHeads, slackDeliveries } = schema;
  const unleased = (lease: SQLiteColumn, now: Date) => or(isNull(lease), lt(lease, now));

  return {
    account: (id) => ask(() => db.select().from(accounts).where(eq(accounts.id, id)).get()),
    countAccounts: () => ask(() => db.select({ n: count() }).from(accounts).get()?.n ?? 0),
    roles: (accountId) => ask(() => db.select().from(roles).where(eq(roles.accountId, accountId)).all()),

    site: (accountId, id) =>
      ask(() =>
        db
          .select()
          .from(sites)
          .where(and(eq(sites.id, id), eq(sites.accountId, accountId)))
          .get(),
      ),
    sites: (accountId) =>
      ask(() =>
        db
          .select()
          .from(sites)
          .where(and(eq(sites.accountId, accountId), inArray(sites.state, ['active', 'pending'])))
          .orderBy(asc(sites.name))
          .all(),
      ),
    siteByName: (name) =>
      ask(() =>
        db
          .select()
          .from(sites)
          .where(and(eq(sites.name, name), ne(sites.state, 'removed')))
          .get(),
      ),

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

    request: (id) => ask(() => db.select().from(requests).where(eq(requests.id, id)).get()),
    requestByKey: (accountId, key) =>
      ask(() =>
        db
          .select()
          .from(requests)
          .where(and(eq(requests.accountId, accountId), eq(requests.idempotencyKey, key)))
          .get(),
      ),
    requestsOf: (parentId) =>
      ask(() => db.select().from(requests).where(eq(requests.parentId, parentId)).orderBy(asc(sql`rowid`)).all()),
    dueRequests: (now, limit) =>
      ask(() =>
        db
          .select({ id: requests.id })
          .from(requests)
          .where(
            and(
              eq(requests.state, 'recorded'),
              lte(requests.nextAttemptAt, now),
              gt(requests.deadlineAt, now),
              unleased(requests.leaseUntil, now),
            ),
          )
          .orderBy(asc(requests.nextAttemptAt))
          .limit(limit)
          .all()
          .map((row) => row.id),
      ),
    overdueRequests: (now, limit) =>
      ask(() =>
        db
          .select()
          .from(requests)
          .where(
            and(
              inArray(requests.state, ['recorded', 'waiting']),
              lte(requests.deadlineAt, now),
              unleased(requests.leaseUntil, now),
            ),
          )
          .limit(limit)
          .all(),
      ),

    message: (id) => ask(() => db.select().from(messages).where(eq(messages.id, id)).get()),
    messageOf: (subjectId, place) =>
      ask(() =>
        db
          .select()
          .from(messages)
          .where(and(eq(messages.subjectId, subjectId), eq(messages.place, place)))
          .get(),
      ),
    dueMessages: (now, limit) =>
      ask(() =>
        db
          .select({ id: messages.id })
          .from(messages)
          .where(
            and(
              lt(messages.sent, messages.wanted),
              lte(messages.nextAttemptAt, now),
              unleased(messages.leaseUntil, now),
            ),
          )
          .orderBy(asc(messages.nextAttemptAt))
          .limit(limit)
          .all()
          .map((row) => row.id),
      ),
    staleMessages: (now, limit) =>
      ask(() =>
        db
          .select()
          .from(messages)
          .where(and(isNotNull(messages.refreshAt), lte(messages.refreshAt, now)))
          .limit(limit)
          .all(),
      ),

    auditEvent: (id) => ask(() => db.select().from(auditEvents).where(eq(auditEvents.id, id)).get()),
    pendingAuditEvents: (limit) =>
      ask(() =>
        db
          .select({ event: auditEvents })
          .from(auditPending)
          .innerJoin(auditEvents, eq(auditEvents.id, auditPending.id))
          .orderBy(asc(sql`${auditPending}.rowid`))
          .limit(limit)
          .all()
          .map((row) => row.event),
      ),
    auditHead: (accountId) => ask(() => db.select().from(auditHeads).where(eq(auditHeads.id, accountId)).get()),
    auditAccounts: () =>
      ask(() =>
        db
          .selectDistinct({ id: auditEvents.accountId })
          .from(auditEvents)
          .all()
          .map((row) => row.id),
      ),
    auditChain: (accountId, afterSequence, limit) =>
      ask(() =>
        db
          .select({ event: auditEvents, link: auditLinks })
          .from(auditLinks)
          .innerJoin(auditEvents, eq(auditEvents.id, auditLinks.id))
          .where(and(eq(auditLinks.accountId, accountId), gt(auditLinks.sequence, afterSequence)))
          .orderBy(asc(auditLinks.sequence))
          .limit(limit)
          .all()
          .map((row) => ({ ...row.event, ...row.link })),
      ),
    countAuditEvents: (accountId) =>
      ask(() => db.select({ n: count() }).from(auditEvents).where(eq(auditEvents.accountId, accountId)).get()?.n ?? 0),

    pruneSlackDeliveries: (before) =>
      ask(() => {
        db.delete(slackDeliveries).where(lt(slackDeliveries.receivedAt, before)).run();
      }),
  };
}
