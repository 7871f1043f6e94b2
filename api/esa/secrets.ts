import type { SealingKeys } from '../../core/config/secrets.ts';
import { unseal } from '../../core/seal.ts';
import type { AccessKey } from '../../core/store/rows.ts';

const MOST_KEPT = 1_000;

/** Secrets of access keys, opened once and kept in memory; a row that has changed is opened again. */
export type Secrets = {
  of(key: AccessKey & { sealedSecret: Buffer }): Uint8Array;
};

export function makeSecrets(keys: SealingKeys): Secrets {
  const kept = new Map<string, Uint8Array>();
  return {
    of(key) {
      const name = `${key.id}:${key.version}`;
      const known = kept.get(name);
      if (known) return known;
      const secret = unseal(keys, { purpose: 'access-key', accountId: key.accountId, rowId: key.id }, key.sealedSecret);
      if (kept.size >= MOST_KEPT) kept.clear();
      kept.set(name, secret);
      return secret;
    },
  };
}
