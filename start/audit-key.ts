import { deriveAuditKey } from '../core/audit/key.ts';
import { readEnvironment } from '../core/config/env.ts';
import { deriveSealingKeys, parseKey } from '../core/config/secrets.ts';
import { findMasterKey } from './master-key.ts';

/**
 * `npm run audit:key`: the public key that checkpoints of the audit are signed with, for whoever verifies to pin. Reads
 * COUNTERSIGN_MASTER_KEY (or _FILE), else the key npm start has made in DATA_DIR. Nothing secret is printed.
 */
try {
  const { env } = readEnvironment();
  const master = findMasterKey(env['COUNTERSIGN_MASTER_KEY'], env['DATA_DIR'] ?? '.data');
  if (master === undefined) {
    throw new Error(
      'There is no master key yet. Set COUNTERSIGN_MASTER_KEY, or DATA_DIR (the sandbox: .data/sandbox).',
    );
  }
  const { publicKey } = deriveAuditKey(deriveSealingKeys(parseKey('COUNTERSIGN_MASTER_KEY', master)));
  console.log(publicKey.text);
  console.error(`Ed25519, key id ${publicKey.id}. Give the line above to whoever verifies exports of the audit.`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 78;
}
