import { hash, randomBytes, randomUUID } from 'node:crypto';
import * as events from '../audit/events.ts';
import type { Clock } from '../clock.ts';
import type { SealingKeys } from '../config/secrets.ts';
import { CountersignError } from '../errors.ts';
import { seal, unseal } from '../seal.ts';
import { insert } from '../store/plan.ts';
import type { Authority } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { createAuthority, parseAuthority } from './authority.ts';
import type { AuthorityFacts } from './profile.ts';
import { makeLocalSigner, type Signer } from './sign.ts';

/** An account's authority, ready to sign. */
export type OpenAuthority = { row: Authority; facts: AuthorityFacts; signer: Signer };

/** How many opened private keys stay in memory; with more accounts than this the least recently used is opened again. */
const OPEN_AT_ONCE = 256;

/**
 * Gives each account its authority: made on first need, sealed at rest, opened when something is to be signed and not
 * before, so that ten thousand accounts start as fast as one.
 */
export function makeAuthorities(deps: { store: Store; clock: Clock; keys: SealingKeys }): {
  current(accountId: string): Promise<OpenAuthority>;
} {
  const open = new Map<string, OpenAuthority>();

  return {
    async current(accountId) {
      const [newest] = await deps.store.authorities(accountId);
      const row = newest ?? (await makeFirst(deps, accountId));
      const cached = open.get(row.id);
      open.delete(row.id);
      const authority = cached ?? openAuthority(deps.keys, row);
      open.set(row.id, authority);
      const [oldest] = open.keys();
      if (open.size > OPEN_AT_ONCE && oldest !== undefined) open.delete(oldest);
      return authority;
    },
  };
}

function openAuthority(keys: SealingKeys, row: Authority): OpenAuthority {
  const pkcs8 = unseal(keys, { purpose: 'authority', accountId: row.accountId, rowId: row.id }, row.sealedKey);
  const signer = makeLocalSigner(pkcs8);
  pkcs8.fill(0);
  return { row, facts: parseAuthority(row.certificate), signer };
}

async function makeFirst(
  deps: { store: Store; clock: Clock; keys: SealingKeys },
  accountId: string,
): Promise<Authority> {
  const now = deps.clock.now();
  const made = await createAuthority({ accountId, generation: 1, now, random: randomBytes });
  const id = randomUUID();
  const row: Authority = {
    id,
    accountId,
    generation: 1,
    certificate: Buffer.from(made.certificateDer),
    sealedKey: seal(deps.keys, { purpose: 'authority', accountId, rowId: id }, made.privateKeyPkcs8Der),
    spkiSha256: hash('sha256', parseAuthority(made.certificateDer).spki),
    notAfter: made.notAfter,
    issuesFrom: now,
    retiredAt: null,
    pkiUrls: [],
    createdAt: now,
    version: 1,
  };
  made.privateKeyPkcs8Der.fill(0);
  const told = events.authorityCreated({ accountId, at: now }, row, hash('sha256', row.certificate));
  await deps.store.commit([insert('authorities', row), ...told]);
  // Where another worker was faster, its authority counts and this one is forgotten.
  const [first] = await deps.store.authorities(accountId);
  if (!first) throw new CountersignError('internal', { details: { reason: 'the authority was not stored' } });
  return first;
}
