import { randomUUID } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { insert, remove, update, type Write, wakeMessage } from '../../core/store/plan.ts';
import type { Authority } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import type { BuiltCrl } from './build.ts';
import { writeContents } from './contents.ts';

/** A transaction has at most so many rows: it is over in a few milliseconds, disk included. */
const WRITES_AT_ONCE = 64;

/**
 * Stores finished CRLs and puts them in force, all in one commit, which also wakes the messages that say how far a
 * revocation is known. Their octets are written before that, and count as left over until then: whatever is cut off is
 * swept like a CRL that was replaced.
 * @returns false where another worker was faster with one of them: none of these is in force then.
 */
export async function putInForce(
  deps: { store: Store; clock: Clock },
  authority: Authority,
  built: readonly BuiltCrl[],
): Promise<boolean> {
  if (built.length === 0) return true;
  const contents = built.map((crl) => ({ ...crl, contentId: randomUUID() }));
  await writeContents(
    deps,
    contents.map(({ contentId, signed }) => ({ contentId, parts: signed.parts })),
  );

  const now = deps.clock.now();
  const switching = contents.flatMap(({ previous, facts, contentId }): Write[] => [
    remove('crlLeftovers', contentId),
    ...(previous
      ? [
          update('crls', previous, { ...facts, contentId }),
          insert('crlLeftovers', { id: previous.contentId, since: now }),
        ]
      : [insert('crls', { ...facts, contentId, version: 1 })]),
  ]);
  const woken = await requestsToWake(deps.store, authority, built);
  const wakes = await planTellEffect(deps.store, authority.accountId, woken, now);
  const committed = await deps.store.commit([...switching, ...wakes.slice(0, WRITES_AT_ONCE)]);
  if (!committed.ok) return false;
  for (let from = WRITES_AT_ONCE; from < wakes.length; from += WRITES_AT_ONCE) {
    await deps.store.commit(wakes.slice(from, from + WRITES_AT_ONCE));
  }
  return true;
}

/**
 * The requests whose changes verifiers can learn of from these CRLs and could not before: from the shards, or from the
 * complete CRL of an authority that has none.
 */
async function requestsToWake(store: Store, authority: Authority, built: readonly BuiltCrl[]): Promise<string[]> {
  const requests = new Set<string>();
  for (const { facts, previous } of built) {
    const isComplete = facts.scope === 'complete';
    if (isComplete && authority.pkiUrls.length > 0) continue;
    const shard = isComplete ? undefined : Number(facts.scope);
    const from = previous?.followed ?? 0;
    for (const id of await store.requestsOfStatusChanges(authority.id, shard, from, facts.followed)) requests.add(id);
  }
  return [...requests];
}

/** What these requests have changed is in effect now: whoever asked sees it, and whoever decided. */
async function planTellEffect(
  store: Store,
  accountId: string,
  requestIds: readonly string[],
  now: Date,
): Promise<Write[]> {
  const wake = (subjectId: string, place: 'requester' | 'approval') =>
    wakeMessage({ id: randomUUID(), accountId, subjectId, place, now });
  const approvals = await Promise.all(requestIds.map((id) => store.approvalOfRequest(id)));
  return [
    ...requestIds.map((id) => wake(id, 'requester')),
    ...approvals.flatMap((approval) => (approval ? [wake(approval.id, 'approval')] : [])),
  ];
}
