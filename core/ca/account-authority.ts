import * as events from '../audit/events.ts';
import type { Clock } from '../clock.ts';
import type { SealingKeys } from '../config/secrets.ts';
import { CountersignError } from '../errors.ts';
import { signingGeneration } from '../renewal/generations.ts';
import { unseal } from '../seal.ts';
import { insert, update } from '../store/plan.ts';
import type { Authority } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { parseAuthority } from './authority.ts';
import { newPublication } from './crl/publication.ts';
import { fingerprintOf, makeGeneration } from './generation.ts';
import type { AuthorityFacts } from './profile.ts';
import { makeLocalSigner, type Signer } from './sign.ts';

/** An account's authority, ready to sign. */
export type OpenAuthority = {
  row: Authority;
  facts: AuthorityFacts;
  signer: Signer;
  /** What its next certificates name as the base of their addresses; one of `row.pkiUrls`. */
  pkiUrl?: string | undefined;
};

/** How many opened private keys stay in memory; with more accounts than this the least recently used is opened again. */
const OPEN_AT_ONCE = 256;

/**
 * Gives each account its authority: made on first need, sealed at rest, opened when something is to be signed and not
 * before, so that ten thousand accounts start as fast as one.
 */
export function makeAuthorities(deps: {
  store: Store;
  clock: Clock;
  keys: SealingKeys;
  /** `PKI_URL`. */
  pkiUrl?: string | undefined;
}): {
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
      const row = signingGeneration(generations, deps.clock.now()) ?? (await makeFirst(deps, accountId));
      return { ...openOne(await withPkiUrl(deps.store, row, deps.pkiUrl)), pkiUrl: deps.pkiUrl };
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
  deps: { store: Store; clock: Clock; keys: SealingKeys; pkiUrl?: string | undefined },
  accountId: string,
): Promise<Authority> {
  const now = deps.clock.now();
  const made = makeGeneration(deps.keys, { accountId, generation: 1, now, issuesFrom: now });
  const row = { ...made, pkiUrls: deps.pkiUrl === undefined ? [] : [deps.pkiUrl] };
  const told = events.authorityCreated({ accountId, at: now }, row, fingerprintOf(row));
  await deps.store.commit([insert('authorities', row), ...told]);
  // Where another worker was faster, its authority counts and this one is forgotten.
  const [first] = await deps.store.authorities(accountId);
  if (!first) throw new CountersignError('internal', { details: { reason: 'the authority was not stored' } });
  return first;
}

/**
 * The authority, with this base among its addresses. One that is new is recorded before any certificate names it, and
 * all CRL shards are made anew, since each must name every address of itself (RFC 5280 5.2.5).
 * @throws CountersignError `overtaken` when the authority or its publication changed meanwhile (retried).
 */
async function withPkiUrl(store: Store, row: Authority, base: string | undefined): Promise<Authority> {
  if (base === undefined || row.pkiUrls.includes(base)) return row;
  const publication = await store.publication(row.id);
  const committed = await store.commit([
    update('authorities', row, { pkiUrls: [...row.pkiUrls, base] }),
    publication
      ? update('publications', publication, { wanted: publication.wanted + 1 })
      : insert('publications', newPublication(row)),
  ]);
  const fresh = await store.authority(row.id);
  if (!fresh?.pkiUrls.includes(base)) {
    throw new CountersignError('overtaken', { details: { table: committed.ok ? 'authorities' : committed.table } });
  }
  return fresh;
}
