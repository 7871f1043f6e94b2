import { existsSync } from 'node:fs';
import { loadConfig } from '../config/config.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { verifyChain } from './verify.ts';

/** `npm run audit:verify`: every account's chain, a line each; exit code 1 when one is broken. Makes nothing. */
const { config } = loadConfig('migrate');
const path = config.databaseUrl.replace(/^file:/, '');
if (existsSync(path)) {
  const store = openStore(config.databaseUrl);
  await reportChains(store);
  await store.close();
} else {
  process.stderr.write(
    `There is no database at ${path}. Set DATABASE_URL, or DATA_DIR (the sandbox: .data/sandbox).\n`,
  );
  process.exitCode = 1;
}

async function reportChains(store: Store): Promise<void> {
  const accounts = await store.auditAccounts();
  if (accounts.length === 0) process.stdout.write('No events have been recorded yet.\n');
  for (const accountId of accounts) {
    const { intact, headHash, waiting, fault } = await verifyChain(store, accountId);
    const line = fault
      ? `BROKEN after ${intact} events: ${fault.fault}`
      : `intact: ${intact} events, head ${headHash}${waiting > 0 ? `, ${waiting} not chained yet` : ''}`;
    process.stdout.write(`${accountId}: ${line}\n`);
    if (fault) process.exitCode = 1;
  }
}
