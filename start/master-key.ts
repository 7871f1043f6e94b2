import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseKey } from '../core/config/secrets.ts';
import { readOrMakePrivateFile, readPrivateFile } from './private-file.ts';

/**
 * The master key of a data folder, in base64: the one that is given, else the one made here at the first start.
 * @throws Error in production without a given key, and when the database has lost the key it was sealed with
 */
export function obtainMasterKey(options: { given: string | undefined; dataDir: string; production: boolean }): string {
  const { given, dataDir, production } = options;
  if (given !== undefined) {
    parseKey('COUNTERSIGN_MASTER_KEY', given);
    return given.trim();
  }
  if (production) {
    throw new Error('COUNTERSIGN_MASTER_KEY: is missing, and production makes none: openssl rand -base64 32');
  }
  const path = join(dataDir, 'master.key');
  const database = join(dataDir, 'countersign.db');
  if (!existsSync(path) && existsSync(database)) {
    throw new Error(
      `COUNTERSIGN_MASTER_KEY: is not set and ${path} is gone, but ${database} was sealed with one of them. ` +
        'Bring it back; with a new key nothing in this database could be opened.',
    );
  }
  const key = readOrMakePrivateFile(path, () => `${randomBytes(32).toString('base64')}\n`).trim();
  parseKey(path, key);
  return key;
}

/** The key as `npm start` would use it, or undefined when none was given or made yet. */
export function findMasterKey(given: string | undefined, dataDir: string): string | undefined {
  return given ?? readPrivateFile(join(dataDir, 'master.key'))?.trim();
}
