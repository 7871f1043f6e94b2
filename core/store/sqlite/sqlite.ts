import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { and, asc, count, desc, eq, gt, inArray, isNotNull, isNull, lt, lte, ne, or, sql } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { CountersignError } from '../../errors.ts';
import type { Committed, Plan, Write } from '../plan.ts';
import type { TableName } from '../rows.ts';
import type { Store } from '../store.ts';
import { migrate } from './migrate.ts';
import * as schema from './schema.ts';
import { tables } from './schema.ts';

/**
 * Opens (and creates, mode 0600) the database and applies what migrations are pending.
 * WAL lets readers go on while one process writes; `synchronous=FULL` makes what was acknowledged survive a power cut.
 * The driver blocks the event loop while it waits for a lock, hence the short busy timeout.
 */
export function openSqlite(path: string, options: { busyTimeoutMs?: number } = {}): Store {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  migrate(path);
  const connection = new Database(path);
  chmodSync(path, 0o600);
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma(`busy_timeout = ${options.busyTimeoutMs ?? 1000}`);
  return makeStore(drizzle(connection), connection);
}

type Db = BetterSQLite3Database;

function makeStore(db: Db, connection: Database.Database): Store {
  const { accounts, roles, sites, authorities, certificates, requests, messages } = schema;
  const { auditEvents, auditPending, auditLinks, auditHeads, slackDeliveries } = schema;
  // Every question runs through this, so that a locked database is one typed error everywhere.
  const ask = async <T>(question: () => T): Promise<T> => {
    try {
      return question();
    } catch (error) {
      throw isBusy(error) ? new CountersignError('busy', { cause: error }) : error;
    }
  };
  const unleased = (lease: SQLiteColumn, now: Date) => or(isNull(lease), lt(lease, now));

  return {
    commit: (plan) => ask(() => commit(db, plan)),

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
    close: async () => {
      connection.close();
    },
  };
}

/** Leaves the transaction without an error that means anything to the caller. */
class Rollback extends Error {
  readonly outcome: Committed;
  constructor(outcome: Committed) {
    super('rolled back');
    this.outcome = outcome;
  }
}

function commit(db: Db, plan: Plan): Committed {
  try {
    db.transaction(
      (tx) => {
        for (const write of plan) apply(tx as unknown as Db, write);
      },
      { behavior: 'immediate' },
    );
    return { ok: true };
  } catch (error) {
    if (error instanceof Rollback) return error.outcome;
    throw error;
  }
}

function apply(tx: Db, write: Write): void {
  if (write.op === 'wake') {
    wake(tx, write.message);
    return;
  }
  const table = tables[write.table] as SQLiteTable & { id: SQLiteColumn; version: SQLiteColumn };
  switch (write.op) {
    case 'insert':
      try {
        tx.insert(table).values(write.row).run();
      } catch (error) {
        if (isDuplicate(error)) throw conflict('duplicate', write.table);
        throw error;
      }
      return;
    case 'update': {
      const seen = and(eq(table.id, write.id), eq(table.version, write.version));
      try {
        const done = tx
          .update(table)
          .set({ ...write.set, version: write.version + 1 })
          .where(seen)
          .run();
        if (done.changes !== 1) throw conflict('stale', write.table);
      } catch (error) {
        if (isDuplicate(error)) throw conflict('duplicate', write.table);
        throw error;
      }
      return;
    }
    case 'expect': {
      const row = tx.select({ version: table.version }).from(table).where(eq(table.id, write.id)).get();
      if (row?.version !== write.version) throw conflict('stale', write.table);
      return;
    }
    case 'delete':
      if (tx.delete(table).where(eq(table.id, write.id)).run().changes !== 1) throw conflict('stale', write.table);
  }
}

function wake(tx: Db, { now, ...message }: Extract<Write, { op: 'wake' }>['message']): void {
  const { messages } = schema;
  tx.insert(messages)
    .values({ ...message, wanted: 1, sent: 0, attempts: 0, nextAttemptAt: now, createdAt: now, version: 1 })
    .onConflictDoUpdate({
      target: [messages.subjectId, messages.place],
      set: { wanted: sql`${messages.wanted} + 1`, attempts: 0, nextAttemptAt: now, refreshAt: null },
    })
    .run();
}

function conflict(kind: 'stale' | 'duplicate', table: TableName): Rollback {
  return new Rollback({ ok: false, conflict: kind, table });
}

/** The driver's code of an error, also where drizzle has wrapped it. */
function sqliteCode(error: unknown): string {
  const own = (error as { code?: unknown } | null)?.code;
  if (typeof own === 'string') return own;
  const cause = (error as { cause?: unknown } | null)?.cause;
  return cause === undefined || cause === null ? '' : sqliteCode(cause);
}

const isBusy = (error: unknown) => sqliteCode(error).startsWith('SQLITE_BUSY');
const isDuplicate = (error: unknown) => /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(sqliteCode(error));
