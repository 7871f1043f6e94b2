import * as events from '../audit/events.ts';
import type { Clock } from '../clock.ts';
import type { SealingKeys } from '../config/secrets.ts';
import { CountersignError } from '../errors.ts';
import { signingGeneration } from '../renewal/generations.ts';
import { unseal } from '../seal.ts';
import { insert } from '../store/plan.ts';
import type { Authority } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { parseAuthority } from './authority.ts';
import { fingerprintOf, makeGeneration } from './generation.ts';
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
  /** The generation with which the account issues: the newest whose time has come. */
  current(accountId: string): Promise<OpenAuthority>;
  /** A generation that was read from the store: older ones still sign CRLs and OCSP responders. */
  open(row: Authority): OpenAuthority;
} {
  const open = new Map<string, OpenAuthority>();

  const openOne = (row: Authority): OpenAuthority => {
    const cached = open.get(row.id);
    open.delete(row.id);
    // The key never changes, the rest of the row does.
    const authority = cached ? { ...cached, row } : openAuthority(deps.keys, row);
    open.set(row.id, authority);
    const [oldest] = open.keys();
    if (open.size > OPEN_AT_ONCE && oldest !== undefined) open.delete(oldest);
    return authority;
  };

  return {
    async current(accountId) {
      const generations = await deps.store.presentAuthorities(accountId);
      return openOne(signingGeneration(generations, deps.clock.now()) ?? (await makeFirst(deps, accountId)));
    },
    open: openOne,
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
  const row = makeGeneration(deps.keys, { accountId, generation: 1, now, issuesFrom: now });
  const told = events.authorityCreated({ accountId, at: now }, row, fingerprintOf(row));
  await deps.store.commit([insert('authorities', row), ...told]);
  // Where another worker was faster, its authority counts and this one is forgotten.
  const [first] = await deps.store.authorities(accountId);
  if (!first) throw new CountersignError('internal', { details: { reason: 'the authority was not stored' } });
  return first;
}
