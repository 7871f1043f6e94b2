import { makeBreathe } from '../../core/breathe.ts';
import type { OpenAuthority } from '../../core/ca/account-authority.ts';
import { type CrlScope, crlId } from '../../core/ca/crl/crl.ts';
import { listEntries } from '../../core/ca/crl/listing.ts';
import { prepareCrl } from '../../core/ca/crl/prepare.ts';
import { type SignedCrl, signLintedCrl } from '../../core/ca/crl/sign.ts';
import { pkiUrls } from '../../core/ca/pki-urls.ts';
import type { Clock } from '../../core/clock.ts';
import type { Crl } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';

/** A finished CRL that is not in force yet; `facts` is what its row will say. */
export type BuiltCrl = {
  signed: SignedCrl;
  previous: Crl | undefined;
  facts: Omit<Crl, 'contentId' | 'version'>;
};

/** Makes one CRL of an authority from what the database says now. */
export async function buildCrl(
  deps: { store: Store; clock: Clock },
  { row: authority, facts: issuer, signer }: OpenAuthority,
  scope: CrlScope,
  previous: Crl | undefined,
): Promise<BuiltCrl> {
  const begun = performance.now();
  const breathe = makeBreathe();
  // Before the rows are read: what changes from here on may be in them or not, and is followed by the next CRL.
  const followed = await deps.store.lastStatusChange();
  const uris = scope === 'complete' ? [] : authority.pkiUrls.map((base) => pkiUrls(base, authority.id, scope).crl);
  const order = { issuer, now: deps.clock.now(), previous, uris };
  const linted = await prepareCrl(order, listEntries(deps.store, authority.id, scope, previous), breathe);
  const signed = await signLintedCrl(linted, signer, breathe);
  const { number, thisUpdate, nextUpdate, resignAt, entries } = linted;
  const buildMs = Math.ceil(performance.now() - begun);
  const { octets, sha256 } = signed;
  return {
    signed,
    previous,
    facts: {
      id: crlId(authority.id, scope),
      accountId: authority.accountId,
      authorityId: authority.id,
      scope: String(scope),
      number,
      thisUpdate,
      nextUpdate,
      resignAt,
      followed,
      entries,
      octets,
      sha256,
      buildMs,
    },
  };
}
