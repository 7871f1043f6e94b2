import { existsSync } from 'node:fs';
import { loadConfig } from '../config/config.ts';
import { openStore } from '../store/open.ts';
import { verifyChain } from './verify.ts';

/** Checks every account's chain in the database, a line each. Makes nothing. @returns the exit code. */
export async function checkDatabase(): Promise<number> {
  const { config } = loadConfig('migrate');
  const path = config.databaseUrl.replace(/^file:/, '');
  if (!existsSync(path)) {
    const advice = 'Set DATABASE_URL, or DATA_DIR (the sandbox: .data/sandbox).';
    process.stderr.write(`There is no database at ${path}. ${advice}\n`);
    return 2;
  }
  const store = openStore(config.databaseUrl);
  let exitCode = 0;
  const accounts = await store.auditAccounts();
  if (accounts.length === 0) process.stdout.write('No events have been recorded yet.\n');
  for (const accountId of accounts) {
    const { intact, headHash, waiting, fault } = await verifyChain(store, accountId);
    const line = fault
      ? `BROKEN after ${intact} events: ${fault.fault}`
      : `intact: ${intact} events, head ${headHash}${waiting > 0 ? `, ${waiting} not chained yet` : ''}`;
    process.stdout.write(`${accountId}: ${line}\n`);
    if (fault) exitCode = 1;
  }
  await store.close();
  return exitCode;
}
