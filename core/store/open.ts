import { openSqlite } from './sqlite/sqlite.ts';
import type { Store } from './store.ts';

/** Opens the database that `DATABASE_URL` names (`file:PATH`) and applies pending migrations. */
export function openStore(databaseUrl: string, options: { busyTimeoutMs?: number } = {}): Store {
  return openSqlite(databaseUrl.replace(/^file:/, ''), options);
}
