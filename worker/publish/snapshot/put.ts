import { hashHeader } from '../../../core/snapshot/header.ts';
import { MOST_DELTA_OCTETS } from '../../../core/snapshot/limits.ts';
import { type DeltaMessage, writeMessage } from '../../../core/snapshot/messages.ts';
import type { Snapshot } from '../../../core/snapshot/snapshot.ts';
import { insert, remove, update, type Write } from '../../../core/store/plan.ts';
import type { Snapshot as SnapshotRow } from '../../../core/store/rows.ts';
import type { Store } from '../../../core/store/store.ts';
import type { Held, SnapshotDeps } from './account.ts';
import { type Base, writeBase } from './base.ts';

type Facts = Pick<SnapshotRow, 'followed' | 'policyMark' | 'prunedTo'>;

/** An account where nothing changes writes down how far it has followed once in so many changes of others. */
const FOLLOWED_APART = 100_000;
const DAY_MS = 86_400_000;

/**
 * Stores a version, in one commit, and keeps it in `held`.
 * @param version `changes` since the version before; undefined where edges have to fetch what differs.
 * @returns false where another worker was faster: nothing was stored.
 */
export async function putVersion(
  deps: SnapshotDeps,
  held: Held,
  version: {
    snapshot: Snapshot;
    changes: DeltaMessage['changes'] | undefined;
    facts: Facts & { readAt: Date };
  },
): Promise<boolean> {
  const { store, clock } = deps;
  const { snapshot, changes, facts } = version;
  const { readAt, ...followed } = facts;
  const { epoch, version: number } = snapshot.header;
  const { accountId } = held;
  const delta = changes && deltaOf(snapshot, held.snapshot, changes);
  const base = delta === undefined ? await writeBase(deps, accountId, snapshot) : undefined;
  const message = delta ?? writeMessage({ type: 'full', ...snapshot.signed });
  const headerHash = hashHeader(snapshot.signed.header);
  const head = { epoch, snapshot: number, header: snapshot.signed.header, headerHash, ...followed };
  const before = held.row;
  const set = base
    ? { ...head, ...baseColumns(snapshot, base) }
    : { ...head, deltas: (before?.deltas ?? 0) + 1, deltaOctets: (before?.deltaOctets ?? 0) + message.length };
  const committed = await store.commit([
    insert('snapshotDeltas', {
      id: `${accountId}:${epoch}:${number}`,
      accountId,
      epoch,
      snapshot: number,
      headerHash,
      message,
      followed: facts.followed,
      readAt,
      createdAt: clock.now(),
    }),
    ...(before
      ? [update('snapshots', before, set)]
      : [insert('snapshots', { id: accountId, ...(set as Omit<SnapshotRow, 'id' | 'version'>), version: 1 })]),
    ...(base ? switching(base, before, clock.now()) : []),
  ]);
  if (!committed.ok) return false;
  held.row = await store.snapshot(accountId);
  held.snapshot = snapshot;
  held.followed = facts.followed;
  held.policyMark = facts.policyMark;
  return held.row?.epoch === epoch && held.row.snapshot === number;
}

/** Nothing has changed; how far that was looked for is written down when it is worth a write. */
export async function rememberPlace(store: Store, held: Held, facts: Facts): Promise<boolean> {
  const { row } = held;
  held.followed = facts.followed;
  held.policyMark = facts.policyMark;
  if (!row) return true;
  const far = facts.followed - row.followed > FOLLOWED_APART;
  const pruned = facts.prunedTo.getTime() - row.prunedTo.getTime() >= DAY_MS / 2;
  if (!far && !pruned) return true;
  const committed = await store.commit([update('snapshots', row, facts)]);
  held.row = await store.snapshot(held.accountId);
  return committed.ok;
}

/** Whether it is time to keep the newest version whole: when what edges fetch otherwise is about as much again. */
export function isBaseOld({ deltas, deltaOctets, baseOctets }: SnapshotRow): boolean {
  return deltas >= DELTAS_KEPT || deltaOctets >= Math.max(LEAST_DELTA_OCTETS, baseOctets / 2);
}

const DELTAS_KEPT = 1_000;
const LEAST_DELTA_OCTETS = 512 * 1024;

/** A version that is being written whole while its account goes on. */
export type Renewal = {
  accountId: string;
  /** Resolves when no more is written, whatever became of it. */
  ended: Promise<void>;
  hasEnded(): boolean;
  /**
   * Makes it the account's base, in a commit of a few rows.
   * @returns false where it could not be written or another base was faster: then nothing was changed.
   */
  put(): Promise<boolean>;
};

/**
 * Begins to write a version whole. Nothing waits for that, since it is as much as all that is revoked: what changes
 * meanwhile is in deltas that follow it when it is put.
 */
export function beginRenewal(deps: SnapshotDeps, from: SnapshotRow, snapshot: Snapshot): Renewal {
  const { store, clock, logger } = deps;
  const accountId = from.id;
  let base: Base | undefined;
  let over = false;
  const write = async () => {
    try {
      base = await writeBase(deps, accountId, snapshot);
    } catch (error) {
      logger.warn({ accountId, error }, 'a snapshot was not written whole, and is tried again');
    }
    over = true;
  };
  return {
    accountId,
    ended: write(),
    hasEnded: () => over,
    async put() {
      const row = await store.snapshot(accountId);
      if (!base || row?.baseContentId !== from.baseContentId) return false;
      const since = { deltas: row.deltas - from.deltas, deltaOctets: row.deltaOctets - from.deltaOctets };
      const committed = await store.commit([
        update('snapshots', row, { ...baseColumns(snapshot, base), ...since }),
        ...switching(base, row, clock.now()),
      ]);
      return committed.ok;
    },
  };
}

function baseColumns({ header, signed }: Snapshot, base: Base) {
  return {
    baseEpoch: header.epoch,
    baseSnapshot: header.version,
    baseHeader: signed,
    baseContentId: base.contentId,
    baseOctets: base.octets,
    deltas: 0,
    deltaOctets: 0,
  };
}

function switching(base: Base, before: SnapshotRow | undefined, now: Date): Write[] {
  return [
    remove('snapshotLeftovers', base.contentId),
    ...(before ? [insert('snapshotLeftovers', { id: before.baseContentId, since: now })] : []),
  ];
}

/** The line that brings edges from the version before to this one; undefined where it would be too long. */
function deltaOf(
  snapshot: Snapshot,
  before: Snapshot | undefined,
  changes: DeltaMessage['changes'],
): string | undefined {
  const octets = changes.reduce((sum, { added, removed }) => sum + added.length + removed.length, 0);
  if (octets > MOST_DELTA_OCTETS) return undefined;
  const policy = snapshot.policyText === before?.policyText ? {} : { policy: snapshot.policyText };
  return writeMessage({ type: 'delta', ...snapshot.signed, changes, ...policy });
}
