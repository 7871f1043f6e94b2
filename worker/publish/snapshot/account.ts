import { type Breathe, makeBreathe } from '../../../core/breathe.ts';
import type { Clock } from '../../../core/clock.ts';
import type { SealingKeys } from '../../../core/config/secrets.ts';
import type { Logger } from '../../../core/logger.ts';
import { FEED_KEY_LIFE_MS, makeFeedKey, openFeedKey } from '../../../core/snapshot/feed-keys.ts';
import type { FeedSigner } from '../../../core/snapshot/signed.ts';
import type { Snapshot } from '../../../core/snapshot/snapshot.ts';
import { insert } from '../../../core/store/plan.ts';
import type { ChangedCertificate } from '../../../core/store/questions/snapshots.ts';
import type { FeedKey, Snapshot as SnapshotRow } from '../../../core/store/rows.ts';
import type { Store } from '../../../core/store/store.ts';
import { loadSnapshot } from './load.ts';

export type SnapshotDeps = { store: Store; clock: Clock; keys: SealingKeys; logger: Logger };

/** What a worker keeps of an account between two versions; all of it could be read again. */
export type Held = {
  accountId: string;
  /** Undefined before the first version. */
  row: SnapshotRow | undefined;
  snapshot: Snapshot | undefined;
  keys: readonly FeedKey[];
  signer: FeedSigner;
  /** Status changes up to here are in `snapshot`. */
  followed: number;
  /** What the tables of the policy looked like for `snapshot`; undefined: they are read in any case. */
  policyMark: string | undefined;
  /** By uploaded authority, what its revocations were made from. */
  sources: Map<string, string>;
};

/** Reads what was published last, or prepares the first version. */
export async function holdAccount(deps: SnapshotDeps, accountId: string): Promise<Held> {
  const breathe = makeBreathe();
  const row = await deps.store.snapshot(accountId);
  const keys = await signingKeys(deps, accountId);
  const base = {
    accountId,
    keys,
    signer: openFeedKey(deps.keys, keys.at(-1) as FeedKey),
    policyMark: undefined,
    sources: new Map<string, string>(),
  };
  const snapshot = row && (await loadOrWarn(deps, row, keys, breathe));
  // Without the last version all is read anew; then nothing before the present place needs to be followed.
  const followed = snapshot && row ? row.followed : await deps.store.lastStatusChange();
  return { ...base, row, snapshot, followed };
}

async function loadOrWarn(
  deps: SnapshotDeps,
  row: SnapshotRow,
  keys: readonly FeedKey[],
  breathe: Breathe,
): Promise<Snapshot | undefined> {
  try {
    return await loadSnapshot(deps.store, row, keys, breathe);
  } catch (error) {
    deps.logger.error({ accountId: row.id, error }, 'the last snapshot cannot be read and is made anew');
    return undefined;
  }
}

/** Signs for an account without reading its snapshot. */
export async function signerOf(deps: SnapshotDeps, accountId: string): Promise<FeedSigner> {
  return openFeedKey(deps.keys, (await signingKeys(deps, accountId)).at(-1) as FeedKey);
}

/** The account's feed keys; the first is made on first need, and the next when the last has signed for a year. */
export async function signingKeys(deps: Omit<SnapshotDeps, 'logger'>, accountId: string): Promise<readonly FeedKey[]> {
  const { store, clock } = deps;
  const there = await store.feedKeys(accountId);
  const last = there.at(-1);
  const now = clock.now();
  if (last && now.getTime() - last.createdAt.getTime() < FEED_KEY_LIFE_MS) return there;
  const before = last && { row: last, signer: openFeedKey(deps.keys, last) };
  await store.commit([insert('feedKeys', makeFeedKey(deps.keys, accountId, before, now))]);
  // Where another worker was faster, its key counts and this one is forgotten.
  return store.feedKeys(accountId);
}

/** The changes of this account after its place, from the database: for one that is only now held. */
export async function catchUp(store: Store, held: Held): Promise<ChangedCertificate[]> {
  const found: ChangedCertificate[] = [];
  const last = await store.lastStatusChange();
  while (held.followed < last) {
    const { changes, reached } = await store.changedCertificates(held.accountId, held.followed, AT_ONCE);
    found.push(...changes);
    held.followed = Math.max(reached, held.followed);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}

const AT_ONCE = 1_000;
