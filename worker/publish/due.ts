/** Which CRLs of an authority have to be made now. */
import { ALL_SHARDS, type CrlScope, crlId, LATE_AFTER_MS, RESIGN_AFTER_MS, WINDOW_MS } from '../../core/ca/crl/crl.ts';
import type { Authority, Crl, Publication } from '../../core/store/rows.ts';

/** Two loops make CRLs side by side, so that a complete CRL of a million entries never holds up a revocation. */
export type Lane = 'shards' | 'complete';

export type Situation = {
  authority: Authority;
  publication: Publication;
  /** The CRLs in force, by their ids. */
  inForce: ReadonlyMap<string, Crl>;
  /** The place of the last status change in each shard, where there was one lately. */
  changes: ReadonlyMap<number, number>;
  now: Date;
};

export type Due = {
  scopes: readonly CrlScope[];
  /** A complete CRL has changes to follow, and waits because the last one was made just before. */
  waits: boolean;
};

/** The complete CRL is made at most this often, and for at most a tenth of the time. */
const COMPLETE_EVERY_MS = 2_000;
const COMPLETE_SHARE = 10;

/**
 * What changed comes first, for somebody waits for it. An authority that has ended or was retired signs nothing any
 * more: nobody trusts a certificate of it. It has shards from when certificates name them.
 */
export function decideDue(lane: Lane, situation: Situation): Due {
  if (!isInUse(situation.authority, situation.now)) return { scopes: [], waits: false };
  return lane === 'shards' ? dueShards(situation) : dueComplete(situation);
}

export function isInUse(authority: Authority, now: Date): boolean {
  return authority.retiredAt === null && authority.notAfter > now;
}

function dueShards({ authority, publication, inForce, changes, now }: Situation): Due {
  const shards = authority.pkiUrls.length > 0 ? ALL_SHARDS : [];
  const all = publication.made < publication.wanted;
  const changed = (shard: number) => {
    const crl = inForce.get(crlId(authority.id, shard));
    return crl !== undefined && crl.followed < (changes.get(shard) ?? 0);
  };
  const old = (shard: number) => {
    const crl = inForce.get(crlId(authority.id, shard));
    return crl === undefined || all || crl.resignAt <= now;
  };
  // The first complete CRL is made with the first shards: it is short then, and no certificate is without one.
  const first: CrlScope[] = inForce.has(crlId(authority.id, 'complete')) ? [] : ['complete'];
  return {
    scopes: [...shards.filter(changed), ...first, ...shards.filter((shard) => !changed(shard) && old(shard))],
    waits: false,
  };
}

function dueComplete({ authority, inForce, changes, now }: Situation): Due {
  const crl = inForce.get(crlId(authority.id, 'complete'));
  if (!crl) return { scopes: [], waits: false };
  if (crl.resignAt <= now) return { scopes: ['complete'], waits: false };
  if (crl.followed >= Math.max(0, ...changes.values())) return { scopes: [], waits: false };
  const sinceMs = now.getTime() - madeAtMs(crl);
  // A clock that has stepped back says nothing about when it was made.
  const soon = sinceMs >= 0 && sinceMs < Math.max(COMPLETE_EVERY_MS, COMPLETE_SHARE * crl.buildMs);
  return { scopes: soon ? [] : ['complete'], waits: soon };
}

/** Since when a CRL has been late; before that it is not. */
export function lateFrom(crl: Pick<Crl, 'nextUpdate'>): Date {
  return new Date(crl.nextUpdate.getTime() - (WINDOW_MS - LATE_AFTER_MS));
}

function madeAtMs(crl: Crl): number {
  return crl.resignAt.getTime() - RESIGN_AFTER_MS;
}
