import type { OpenAuthority } from '../../core/ca/account-authority.ts';
import { type CrlScope, crlId } from '../../core/ca/crl/crl.ts';
import { newPublication } from '../../core/ca/crl/publication.ts';
import type { Clock } from '../../core/clock.ts';
import { asCountersignError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { backoffMs } from '../../core/requests/end.ts';
import { insert, update } from '../../core/store/plan.ts';
import type { Authority, Crl, Publication } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { type BuiltCrl, buildCrl } from './build.ts';
import { decideDue, isInUse, type Lane } from './due.ts';
import { tellLate } from './late.ts';
import type { PublishingLeases } from './lease.ts';
import { putInForce } from './put-in-force.ts';

export type PublishDeps = {
  store: Store;
  clock: Clock;
  logger: Logger;
  authorities: { open(row: Authority): OpenAuthority };
  leases: PublishingLeases;
};

const AT_ONCE = 1_000;
/** Signing anew can wait for a moment; what has changed cannot. */
const ROUND_MS = 1_000;
/** So many CRLs become known in one commit; it stays far below 50 ms. */
const SWITCHED_AT_ONCE = 16;

export type LaneRunner = {
  /** Makes what is due in this lane. @returns how many CRLs were put in force. */
  round(): Promise<number>;
};

/**
 * One of the two loops that keep CRLs equal to what the database says. It follows the status changes in the order of
 * their commit, looks for CRLs to be signed anew, and remembers between two rounds only what it could find out again:
 * from the row of each CRL, which says up to where it has followed.
 */
export function makeLane(deps: PublishDeps, lane: Lane): LaneRunner {
  const { store, clock, logger } = deps;
  /** Authorities to look at, with the place of the last change in each shard. */
  const waiting = new Map<string, Map<number, number>>();
  /** Those that failed, and when they are tried again. */
  const failed = new Map<string, { attempts: number; notBefore: Date }>();
  let followedTo: number | undefined;
  let authoritiesTo = 0;

  const lookAt = (authorityId: string) => {
    const changes = waiting.get(authorityId) ?? new Map<number, number>();
    waiting.set(authorityId, changes);
    return changes;
  };

  const follow = async () => {
    followedTo ??= (await store.leastFollowed(clock.now())) ?? 0;
    for (;;) {
      const changes = await store.statusChangesAfter(followedTo, AT_ONCE);
      for (const { place, authorityId, shard } of changes) {
        lookAt(authorityId).set(shard, place);
        followedTo = place;
      }
      if (changes.length < AT_ONCE) return;
    }
  };

  const findNew = async () => {
    const found = await store.unpublishedAuthorities(authoritiesTo, AT_ONCE);
    for (const authority of found) {
      // Where another worker, or the first certificate with a new address, was faster, the row is there already.
      await store.commit([insert('publications', newPublication(authority))]);
      authoritiesTo = authority.place;
    }
    for (const id of await store.publicationsDue(AT_ONCE)) lookAt(id);
  };

  return {
    async round() {
      await follow();
      if (lane === 'shards') await findNew();
      const now = clock.now();
      for (const id of await store.authoritiesToResign(now, AT_ONCE)) lookAt(id);

      let published = 0;
      const begun = performance.now();
      // Those with changes come first, and the next round looks for new ones before the others go on.
      const inTurn = [...waiting].sort(([, a], [, b]) => Number(b.size > 0) - Number(a.size > 0));
      for (const [id, changes] of inTurn) {
        if (changes.size === 0 && published > 0 && performance.now() - begun > ROUND_MS) break;
        const failure = failed.get(id);
        if (failure && failure.notBefore > now && failure.notBefore.getTime() - now.getTime() < 120_000) continue;
        try {
          const result = await publishAuthority(deps, lane, id, changes);
          failed.delete(id);
          published += result.published;
          if (result.settled) waiting.delete(id);
        } catch (thrown) {
          const error = asCountersignError(thrown);
          const attempts = (failure?.attempts ?? 0) + 1;
          failed.set(id, { attempts, notBefore: new Date(now.getTime() + backoffMs(attempts - 1)) });
          logger.error({ authorityId: id, lane, attempts, code: error.code, error }, 'CRLs were not published');
        }
      }
      return published;
    },
  };
}

/** @returns `settled` when nothing is left to do for this authority until something happens. */
async function publishAuthority(
  deps: PublishDeps,
  lane: Lane,
  id: string,
  changes: ReadonlyMap<number, number>,
): Promise<{ published: number; settled: boolean }> {
  const { store } = deps;
  const now = deps.clock.now();
  const authority = await store.authority(id);
  const publication = await store.publication(id);
  if (!authority || !isInUse(authority, now)) return { published: 0, settled: true };
  if (!publication) return { published: 0, settled: false };

  const inForce = new Map((await store.crlsOf(id)).map((crl) => [crl.id, crl]));
  const ofLane = [...inForce.values()].filter((crl) => (crl.scope === 'complete') === (lane === 'complete'));
  await tellLate(deps, authority, ofLane);

  const { scopes, waits } = decideDue(lane, { authority, publication, inForce, changes, now });
  const unmade = lane === 'shards' && publication.made < publication.wanted;
  if (scopes.length === 0 && !unmade) return { published: 0, settled: !waits };
  if (!(await deps.leases.claim(publication))) return { published: 0, settled: false };

  const published = await publishScopes(deps, authority, scopes, inForce);
  const complete = published === scopes.length;
  if (unmade && complete) await recordMade(store, publication);
  // What changed meanwhile, and what was lost to another worker, is found in the next round.
  return { published, settled: false };
}

/** One that cannot be made keeps none of the others from being made. Throws what was wrong with the first such one. */
async function publishScopes(
  deps: PublishDeps,
  authority: Authority,
  scopes: readonly CrlScope[],
  inForce: ReadonlyMap<string, Crl>,
): Promise<number> {
  const open = deps.authorities.open(authority);
  const errors: unknown[] = [];
  let published = 0;
  for (let from = 0; from < scopes.length; from += SWITCHED_AT_ONCE) {
    const built: BuiltCrl[] = [];
    for (const scope of scopes.slice(from, from + SWITCHED_AT_ONCE)) {
      await buildCrl(deps, open, scope, inForce.get(crlId(authority.id, scope))).then(
        (crl) => built.push(crl),
        (error: unknown) => errors.push(error),
      );
    }
    if (await putInForce(deps, authority, built)) published += built.length;
  }
  if (errors.length > 0) throw errors[0];
  return published;
}

/** What was wanted when this round began is made. The row may have a new lease since, but never another `made`. */
async function recordMade(store: Store, seen: Publication): Promise<void> {
  const row = await store.publication(seen.id);
  if (row && row.made < seen.wanted) await store.commit([update('publications', row, { made: seen.wanted })]);
}
