import { loadConfig } from '../config/config.ts';
import { openStore } from './open.ts';

const { config } = loadConfig('migrate');
await openStore(config.databaseUrl).close();
process.stdout.write(`The database ${config.databaseUrl} is up to date.\n`);
