import { and, asc, between, count, desc, eq, gt, gte, inArray, lt, lte, max, min, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { AuditQuestions } from '../../questions/audit.ts';
import { auditCheckpoints, auditEvents, auditHeads, auditLinks, auditPending, requests } from '../schema.ts';
import { ask } from './ask.ts';
import { walkEvents } from './audit-walk.ts';

/** How many events at either end of a period are asked for their place in the chain. */
const BORDER = 500;

export function auditIn(db: BetterSQLite3Database): AuditQuestions {
  return {
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

    dueCheckpoints: (now, limit) =>
      ask(() =>
        db
          .select()
          .from(auditHeads)
          .where(and(gt(auditHeads.sequence, auditHeads.signed), lte(auditHeads.checkpointAt, now)))
          .orderBy(asc(auditHeads.checkpointAt))
          .limit(limit)
          .all(),
      ),

    auditCheckpoint: (id) => ask(() => db.select().from(auditCheckpoints).where(eq(auditCheckpoints.id, id)).get()),

    newestAuditCheckpoint: (accountId) =>
      ask(() =>
        db
          .select()
          .from(auditCheckpoints)
          .where(eq(auditCheckpoints.accountId, accountId))
          .orderBy(desc(auditCheckpoints.sequence))
          .limit(1)
          .get(),
      ),

    auditCheckpoints: (accountId, from, to) =>
      ask(() =>
        db
          .select()
          .from(auditCheckpoints)
          .where(and(eq(auditCheckpoints.accountId, accountId), between(auditCheckpoints.sequence, from, to)))
          .orderBy(asc(auditCheckpoints.sequence))
          .all(),
      ),

    auditLinkAt: (accountId, sequence) =>
      ask(() =>
        db
          .select()
          .from(auditLinks)
          .where(and(eq(auditLinks.accountId, accountId), eq(auditLinks.sequence, sequence)))
          .get(),
      ),

    auditRange: (accountId, { from, until }) =>
      ask(() => {
        const happened = and(
          eq(auditEvents.accountId, accountId),
          from === undefined ? undefined : gte(auditEvents.at, from),
          until === undefined ? undefined : lt(auditEvents.at, until),
        );
        const nearest = (direction: typeof asc) =>
          db
            .select({ id: auditEvents.id })
            .from(auditEvents)
            .where(happened)
            .orderBy(direction(auditEvents.at))
            .limit(BORDER);
        const [first] = db
          .select({ sequence: min(auditLinks.sequence) })
          .from(auditLinks)
          .where(inArray(auditLinks.id, nearest(asc)))
          .all();
        const [last] = db
          .select({ sequence: max(auditLinks.sequence) })
          .from(auditLinks)
          .where(inArray(auditLinks.id, nearest(desc)))
          .all();
        const [a, b] = [first?.sequence ?? undefined, last?.sequence ?? undefined];
        return a === undefined || b === undefined ? undefined : { first: a, last: b };
      }),

    auditEventsBy: (accountId, restriction, walk, limits) =>
      ask(() => walkEvents(db, accountId, restriction, walk, limits)),

    requestIdsBeginning: (accountId, prefix, limit) =>
      ask(() =>
        db
          .select({ id: requests.id })
          .from(requests)
          // Ids are made of characters that all sort before the tilde.
          .where(
            and(gte(requests.id, prefix), lt(requests.id, `${prefix}~`), sql`+${eq(requests.accountId, accountId)}`),
          )
          .limit(limit)
          .all()
          .map((row) => row.id),
      ),

    countAuditEvents: (accountId) =>
      ask(() => db.select({ n: count() }).from(auditEvents).where(eq(auditEvents.accountId, accountId)).get()?.n ?? 0),
  };
}
