import { and, asc, count, eq, gt, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { AuditQuestions } from '../../questions/audit.ts';
import { auditEvents, auditHeads, auditLinks, auditPending } from '../schema.ts';
import { ask } from './ask.ts';

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

    countAuditEvents: (accountId) =>
      ask(() => db.select({ n: count() }).from(auditEvents).where(eq(auditEvents.accountId, accountId)).get()?.n ?? 0),
  };
}
