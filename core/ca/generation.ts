import { hash, randomBytes, randomUUID } from 'node:crypto';
import type { SealingKeys } from '../config/secrets.ts';
import { seal } from '../seal.ts';
import type { Authority } from '../store/rows.ts';
import { createAuthority, parseAuthority } from './authority.ts';

/**
 * A new generation of an account's authority, with a key and a name of its own, sealed and ready to be stored. Nothing
 * of it counts before it is: that two workers cannot both make one is a unique rule of the table.
 * @param options `issuesFrom`: until then it is only trusted, so that servers can get to know it.
 */
export function makeGeneration(
  keys: SealingKeys,
  options: { accountId: string; generation: number; now: Date; issuesFrom: Date },
): Authority {
  const { accountId, generation, now, issuesFrom } = options;
  const made = createAuthority({ accountId, generation, now, random: randomBytes });
  const id = randomUUID();
  const row: Authority = {
    id,
    accountId,
    generation,
    certificate: Buffer.from(made.certificateDer),
    sealedKey: seal(keys, { purpose: 'authority', accountId, rowId: id }, made.privateKeyPkcs8Der),
    spkiSha256: hash('sha256', parseAuthority(made.certificateDer).spki),
    notAfter: made.notAfter,
    issuesFrom,
    retiredAt: null,
    pkiUrls: [],
    createdAt: now,
    version: 1,
  };
  made.privateKeyPkcs8Der.fill(0);
  return row;
}

export function fingerprintOf(authority: Pick<Authority, 'certificate'>): string {
  return hash('sha256', authority.certificate);
}
