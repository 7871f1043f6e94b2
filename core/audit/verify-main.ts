import { loadConfig } from '../config/config.ts';
import { openStore } from '../store/open.ts';
import { verifyChain } from './verify.ts';

/** `npm run audit:verify`: every account's chain, a line each; exit code 1 when one is broken. */
const { config } = loadConfig('migrate');
const store = openStore(config.databaseUrl);
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
await store.close();
