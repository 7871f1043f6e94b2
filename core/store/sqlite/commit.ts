import type { Database } from 'better-sqlite3';
import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Committed, Plan, Write } from '../plan.ts';
import type { TableName } from '../rows.ts';
import {
  accessKeyUses,
  edgeAcks,
  edgeStates,
  hostUsage,
  messages,
  meters,
  sightings,
  tables,
  usage,
} from './schema.ts';

type Db = BetterSQLite3Database;

/** Leaves the transaction without an error that means anything to the caller. */
class Rollback extends Error {
  readonly outcome: Committed;
  constructor(outcome: Committed) {
    super('rolled back');
    this.outcome = outcome;
  }
}

/** Carries out a plan inside the transaction that is open, or nothing of it. */
export function carryOutPlan(connection: Database, db: Db): (plan: Plan) => Committed {
  // A transaction within another one: a savepoint.
  const all = connection.transaction((plan: Plan) => {
    for (const write of plan) apply(db, write);
  });
  return (plan) => {
    try {
      all(plan);
      return { ok: true };
    } catch (error) {
      if (error instanceof Rollback) return error.outcome;
      throw error;
    }
  };
}

function apply(tx: Db, write: Write): void {
  if (write.op === 'wake') {
    wake(tx, write.message);
    return;
  }
  if (write.op === 'raise') {
    raise(tx, write);
    return;
  }
  if (write.op === 'count') {
    const value = sql`${meters.value} + excluded.value`;
    tx.insert(meters).values(write.row).onConflictDoUpdate({ target: meters.id, set: { value } }).run();
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
  tx.insert(messages)
    .values({ ...message, wanted: 1, sent: 0, attempts: 0, nextAttemptAt: now, createdAt: now, version: 1 })
    .onConflictDoUpdate({
      target: [messages.subjectId, messages.place],
      set: { wanted: sql`${messages.wanted} + 1`, attempts: 0, nextAttemptAt: now, refreshAt: null },
    })
    .run();
}

function raise(tx: Db, write: Extract<Write, { op: 'raise' }>): void {
  if (write.table === 'usage') {
    const count = sql`max(${usage.count}, excluded.count)`;
    tx.insert(usage).values(write.row).onConflictDoUpdate({ target: usage.id, set: { count } }).run();
    return;
  }
  if (write.table === 'accessKeyUses') {
    tx.insert(accessKeyUses)
      .values(write.row)
      .onConflictDoUpdate({
        target: accessKeyUses.id,
        set: { operation: sql`excluded.operation`, usedAt: sql`excluded.used_at` },
        setWhere: sql`excluded.used_at > ${accessKeyUses.usedAt}`,
      })
      .run();
    return;
  }
  if (write.table === 'edgeStates') {
    const { id: _, ...set } = getTableColumns(edgeStates);
    tx.insert(edgeStates)
      .values(write.row)
      .onConflictDoUpdate({
        target: edgeStates.id,
        set: Object.fromEntries(
          Object.entries(set).map(([key, column]) => [key, sql`excluded.${sql.identifier(column.name)}`]),
        ),
        setWhere: sql`excluded.last_seen_at >= ${edgeStates.lastSeenAt}`,
      })
      .run();
    return;
  }
  if (write.table === 'edgeAcks') {
    // The first word counts: that is when it took effect.
    tx.insert(edgeAcks).values(write.row).onConflictDoNothing().run();
    return;
  }
  if (write.table === 'hostUsage') {
    tx.insert(hostUsage)
      .values(write.row)
      .onConflictDoUpdate({
        target: hostUsage.id,
        set: {
          verified: sql`max(${hostUsage.verified}, excluded.verified)`,
          unverified: sql`max(${hostUsage.unverified}, excluded.unverified)`,
          blocked: sql`max(${hostUsage.blocked}, excluded.blocked)`,
        },
      })
      .run();
    return;
  }
  tx.insert(sightings)
    .values(write.row)
    .onConflictDoUpdate({
      target: sightings.id,
      set: { hostname: sql`excluded.hostname`, lastSeenAt: sql`excluded.last_seen_at` },
      setWhere: sql`excluded.last_seen_at > ${sightings.lastSeenAt}`,
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

/** Another process holds the lock for longer than the busy timeout. */
export const isBusy = (error: unknown) => sqliteCode(error).startsWith('SQLITE_BUSY');
const isDuplicate = (error: unknown) => /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(sqliteCode(error));
