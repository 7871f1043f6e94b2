import { readEnvironment } from '../core/config/env.ts';
import { deriveSealingKeys, PURPOSES, parseKey, purposeVariable } from '../core/config/secrets.ts';
import { findMasterKey } from './master-key.ts';

/**
 * `npm run keys:derive`: the key of each purpose as a line of an environment file, for processes on hosts that must not
 * see the master key. Reads COUNTERSIGN_MASTER_KEY (or _FILE), else the key npm start has made in DATA_DIR.
 */
try {
  const { env } = readEnvironment();
  const master = findMasterKey(env['COUNTERSIGN_MASTER_KEY'], env['DATA_DIR'] ?? '.data');
  if (master === undefined) {
    throw new Error('There is no master key yet. Set COUNTERSIGN_MASTER_KEY, or make one: openssl rand -base64 32');
  }
  const keys = deriveSealingKeys(parseKey('COUNTERSIGN_MASTER_KEY', master));
  for (const purpose of PURPOSES) {
    console.log(`${purposeVariable(purpose)}=${Buffer.from(keys[purpose]).toString('base64')}`);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 78;
}
