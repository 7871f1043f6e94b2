import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate as applyMigrations } from 'drizzle-orm/better-sqlite3/migrator';
import { CountersignError } from '../../errors.ts';

/** How long a process waits for another one that is migrating. */
const WAIT_MS = 60_000;

/**
 * Applies pending migrations in order. Any number of processes may call this at once: one works, the others wait (an
 * exclusive lock on a file beside the database, which ends with its holder) and then find nothing left to do.
 * @throws CountersignError `precondition` when the database was written by a newer release than this one.
 */
export function migrate(path: string): void {
  closeSync(openSync(`${path}.migrating`, 'a', 0o600));
  const lock = new Database(`${path}.migrating`, { timeout: WAIT_MS });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    const connection = new Database(path, { timeout: WAIT_MS });
    try {
      connection.pragma('journal_mode = WAL');
      refuseNewer(connection, path);
      applyMigrations(drizzle(connection), { migrationsFolder: migrationsFolder() });
    } finally {
      connection.close();
    }
  } finally {
    lock.close();
  }
}

function refuseNewer(connection: Database.Database, path: string): void {
  const known = connection.prepare("select 1 from sqlite_master where name = '__drizzle_migrations'").get();
  if (known === undefined) return;
  const last = connection.prepare('select max(created_at) as at from __drizzle_migrations').get() as { at: unknown };
  const journal = JSON.parse(readFileSync(join(migrationsFolder(), 'meta', '_journal.json'), 'utf8')) as {
    entries: { when: number }[];
  };
  const newest = Math.max(...journal.entries.map((entry) => entry.when));
  if (Number(last.at) > newest) {
    throw new CountersignError('invalid_configuration', {
      userMessage:
        `The database ${path} was written by a newer release of Countersign. ` +
        'Start that release, or restore the backup made before the upgrade. Nothing was changed.',
    });
  }
}

/** `migrations/sqlite` at the top of the project, from the sources and from the build alike. */
function migrationsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'migrations', 'sqlite', 'meta'))) {
    if (dirname(folder) === folder) throw new Error('migrations/sqlite is missing from this installation');
    folder = dirname(folder);
  }
  return join(folder, 'migrations', 'sqlite');
}
