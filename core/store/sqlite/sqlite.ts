import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { asCountersignError } from '../../errors.ts';
import { foldName } from '../fold.ts';
import type { Sweeps } from '../questions/sweeps.ts';
import type { Store } from '../store.ts';
import { carryOutPlan } from './commit.ts';
import { makeGroupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { accessKeysIn } from './questions/access-keys.ts';
import { accountsIn } from './questions/accounts.ts';
import { answersIn } from './questions/answers.ts';
import { apiCertificatesIn } from './questions/api-certificates.ts';
import { approvalsIn } from './questions/approvals.ts';
import { ask } from './questions/ask.ts';
import { auditIn } from './questions/audit.ts';
import { bindingsIn } from './questions/bindings.ts';
import { certificatesIn } from './questions/certificates.ts';
import { edgesIn } from './questions/edges.ts';
import { historyIn } from './questions/history.ts';
import { inventoryIn } from './questions/inventory.ts';
import { messagesIn } from './questions/messages.ts';
import { metricsIn } from './questions/metrics.ts';
import { ocspIn } from './questions/ocsp.ts';
import { renewalIn } from './questions/renewal.ts';
import { requestsIn } from './questions/requests.ts';
import { revealsIn } from './questions/reveals.ts';
import { revocationIn } from './questions/revocation.ts';
import { rulesIn } from './questions/rules.ts';
import { snapshotsIn } from './questions/snapshots.ts';
import { sweepsIn } from './questions/sweeps.ts';
import { uploadedAuthoritiesIn } from './questions/uploaded-authorities.ts';
import { uploadedRevocationsIn } from './questions/uploaded-revocations.ts';
import { usageIn } from './questions/usage.ts';

/** The driver blocks the event loop while it waits for a lock, and with it everybody else: a moment, no longer. */
const BLOCKING_MS = 5;
const AGAIN_MS = 5;

/**
 * Opens (and creates, mode 0600) the database and applies what migrations are pending.
 * WAL lets readers go on while one process writes; `synchronous=FULL` makes what was acknowledged survive a power cut.
 * @param options `busyTimeoutMs`: how long a write waits for another process' lock, without blocking this one (1 s).
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
  connection.pragma(`busy_timeout = ${BLOCKING_MS}`);
  const busyTimeoutMs = options.busyTimeoutMs ?? 1_000;
  connection.function('fold', { deterministic: true }, foldName);
  const db = drizzle(connection);
  const patiently = makePatient(busyTimeoutMs);
  const carryOut = carryOutPlan(connection, db);
  const commit = makeGroupCommit(connection, { carryOut, limitMs: busyTimeoutMs, againMs: AGAIN_MS });
  return {
    ...accessKeysIn(db),
    ...accountsIn(db),
    ...answersIn(db),
    ...apiCertificatesIn(db),
    ...approvalsIn(db),
    ...auditIn(db),
    ...bindingsIn(db),
    ...certificatesIn(db),
    ...edgesIn(db),
    ...historyIn(db),
    ...inventoryIn(db),
    ...messagesIn(db),
    ...metricsIn(db),
    ...ocspIn(db),
    ...renewalIn(db),
    ...requestsIn(db),
    ...revealsIn(db),
    ...revocationIn(db),
    ...snapshotsIn(db),
    mark: makeMark(connection),
    ...uploadedAuthoritiesIn(db),
    ...uploadedRevocationsIn(db),
    ...rulesIn(db),
    ...usageIn(db),
    ...allPatient(patiently, sweepsIn(db)),
    commit,
    close: async () => {
      // What is wanted already is carried out before.
      await commit([]).catch(() => undefined);
      connection.close();
    },
  };
}

/** What other connections have committed (`data_version`), and what this one has written. */
function makeMark(connection: Database.Database): () => Promise<string> {
  const foreign = connection.prepare('pragma data_version').pluck();
  const own = connection.prepare('select total_changes()').pluck();
  return () => ask(() => `${foreign.get()}.${own.get()}`);
}

type Patiently = <T>(attempt: () => Promise<T>) => Promise<T>;

/** Tries again while the database is locked, until `limitMs` are over; between two tries the event loop is free. */
function makePatient(limitMs: number): Patiently {
  return async (attempt) => {
    const giveUpAt = performance.now() + limitMs;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (asCountersignError(error).code !== 'busy' || performance.now() >= giveUpAt) throw error;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  };
}

function allPatient(patiently: Patiently, sweeps: Sweeps): Sweeps {
  const wrapped = Object.entries(sweeps).map(([name, sweep]: [string, (...given: never[]) => Promise<unknown>]) => [
    name,
    (...given: never[]) => patiently(() => sweep(...given)),
  ]);
  return Object.fromEntries(wrapped) as Sweeps;
}
