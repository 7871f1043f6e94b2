import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import type { Store } from '../store.ts';
import { commit } from './commit.ts';
import { migrate } from './migrate.ts';
import { ask, makeQueries } from './queries.ts';

/**
 * Opens (and creates, mode 0600) the database and applies what migrations are pending.
 * WAL lets readers go on while one process writes; `synchronous=FULL` makes what was acknowledged survive a power cut.
 * The driver blocks the event loop while it waits for a lock, hence the short busy timeout.
 */
export function openSqlite(path: string, options: { busyTimeoutMs?: number } = {}): Store {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // The log files beside it take their mode from it, so it must not be born readable.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  migrate(path);
  const connection = new Database(path);
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma(`busy_timeout = ${options.busyTimeoutMs ?? 1000}`);
  const db = drizzle(connection);
  return {
    ...makeQueries(db),
    commit: (plan) => ask(() => commit(db, plan)),
    close: async () => {
      connection.close();
    },
  };
}
