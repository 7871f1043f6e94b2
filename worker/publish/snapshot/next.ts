import { GENESIS } from '../../../core/audit/chain.ts';
import { makeBreathe } from '../../../core/breathe.ts';
import { canonicalJson } from '../../../core/canonical-json.ts';
import { buildPolicy } from '../../../core/snapshot/build-policy.ts';
import type { SnapshotHeader } from '../../../core/snapshot/header.ts';
import { MOST_POLICY_OCTETS } from '../../../core/snapshot/limits.ts';
import { hashPolicy } from '../../../core/snapshot/policy.ts';
import { signHeader } from '../../../core/snapshot/signed.ts';
import type { Snapshot } from '../../../core/snapshot/snapshot.ts';
import type { Held, SnapshotDeps } from './account.ts';
import { changeSets, type News } from './change.ts';
import { putVersion, rememberPlace } from './put.ts';

/**
 * Makes the next version of an account, where anything is different, and keeps it in `held`.
 * @returns `overtaken` where another worker was faster: `held` is out of date then.
 */
export async function publishNext(
  deps: SnapshotDeps,
  held: Held,
  news: News,
): Promise<'published' | 'same' | 'overtaken'> {
  const breathe = makeBreathe();
  const { store, clock } = deps;
  // Before the rows are read: what is committed from here on is in this version or not, and surely in the next.
  const readAt = clock.now();
  const rows = await store.policyRows(held.accountId);
  const before = held.snapshot;
  const policy = before && rows.mark === held.policyMark ? before.policy : buildPolicy(rows);
  const policyText = policy === before?.policy ? before.policyText : canonicalJson(policy);
  if (policyText.length > MOST_POLICY_OCTETS) throw new Error('the policy is larger than edges take');

  const prunedTo = news.prune || !held.row ? readAt : held.row.prunedTo;
  const { sets, changes, sources } = await changeSets(store, held, { rows, policy, news, prunedTo }, breathe);
  const facts = { followed: news.reached, policyMark: rows.mark, prunedTo };
  const same =
    before && policyText === before.policyText && [...sets].every(([id, set]) => before.sets.get(id) === set);
  if (same && news.above === undefined) {
    held.sources = sources;
    return (await rememberPlace(store, held, facts)) ? 'same' : 'overtaken';
  }

  const head = await store.auditHead(held.accountId);
  const follows = held.row && news.above === undefined ? held.row : undefined;
  const header: SnapshotHeader = {
    account: held.accountId,
    epoch: follows?.epoch ?? nextEpoch(readAt, held, news),
    version: (follows?.snapshot ?? 0) + 1,
    previous: follows?.headerHash ?? '',
    issuedAt: readAt.toISOString(),
    policy: policyText === before?.policyText ? before.header.policy : hashPolicy(policyText),
    revocations: Object.fromEntries([...sets].map(([id, { count, root }]) => [id, { count, root }])),
    audit: { sequence: head?.sequence ?? 0, hash: head?.hash ?? GENESIS },
  };
  const snapshot: Snapshot = { signed: signHeader(held.signer, header), header, policy, policyText, sets };
  const put = await putVersion(deps, held, {
    snapshot,
    changes: follows && before ? changes : undefined,
    facts: { ...facts, readAt },
  });
  if (!put) return 'overtaken';
  held.sources = sources;
  return 'published';
}

/** The time in milliseconds, so that a database that was restored continues above what was published. */
function nextEpoch(now: Date, held: Held, news: News): number {
  return Math.max(now.getTime(), (news.above ?? 0) + 1, (held.row?.epoch ?? 0) + 1);
}
