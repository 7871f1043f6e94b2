import { parsePublicKey } from '../../../core/ed25519.ts';
import { asCountersignError } from '../../../core/errors.ts';
import { backoffMs } from '../../../core/requests/end.ts';
import { comparePlaces, hashHeader, type SignedHeader } from '../../../core/snapshot/header.ts';
import { type FeedSigner, openHeader, signHeartbeat } from '../../../core/snapshot/signed.ts';
import { update } from '../../../core/store/plan.ts';
import type { ChangedCertificate } from '../../../core/store/questions/snapshots.ts';
import type { EdgeState } from '../../../core/store/rows.ts';
import { catchUp, type Held, holdAccount, type SnapshotDeps, signerOf } from './account.ts';
import type { SnapshotLeases } from './lease.ts';
import { publishNext } from './next.ts';
import { beginRenewal, isBaseOld, type Renewal } from './put.ts';

/** How often an edge hears that there is nothing newer. */
const HEARTBEAT_MS = 5_000;
const DAY_MS = 86_400_000;
const AT_ONCE = 1_000;
/** An account has a new version at most for this part of the time, so that a mass of changes makes few versions. */
const SHARE = 4;
/** But one that took long to make, such as the first, keeps the next waiting no longer: it may be a revocation. */
const MOST_REST_MS = 100;
/** A base that could not be renewed is tried again after this. */
const RENEWED_APART_MS = 10_000;
/** So many accounts are kept in memory between two versions: the last ones that changed. */
const HELD_AT_ONCE = 200;
const PROOFS_AT_ONCE = 100;
const ROUND_MS = 200;

type Account = {
  held: Held | undefined;
  changes: ChangedCertificate[];
  signer: FeedSigner | undefined;
  /** Something may be different. */
  dirty: boolean;
  /** Something is different: it comes before those that are only looked at after a start. */
  urgent: boolean;
  above: number | undefined;
  /** The mark of its policy when it was last looked at. */
  mark: string | undefined;
  /** By `performance.now()`. */
  notBefore: number;
  attempts: number;
  heartbeatAt: number;
};

/** How long an account has no new version after one that took so long. */
export function restMs(tookMs: number): number {
  return Math.min(MOST_REST_MS, SHARE * tookMs);
}

export type SnapshotPublisher = {
  /** Publishes what is due. @returns how many versions were made. */
  round(): Promise<number>;
  /** Resolves when nothing is being written any more that a round has begun. */
  settle(): Promise<void>;
};

/**
 * Keeps the snapshot of every account with edges equal to what the database says. It follows the status changes in the
 * order of their commit and looks at the tables of the policy when something was written; what it remembers between two
 * rounds it could find out again from the account's row, which says up to where it has followed.
 */
export function makeSnapshotPublisher(deps: SnapshotDeps & { leases: SnapshotLeases }): SnapshotPublisher {
  const { store, clock, leases, logger } = deps;
  const accounts = new Map<string, Account>();
  let seen: string | undefined;
  let place: number | undefined;
  let marksAfter = 0;
  let marksWait = false;
  let renewal: Renewal | undefined;
  let renewAfter = 0;

  const newAccount = (): Account => ({
    held: undefined,
    changes: [],
    signer: undefined,
    dirty: true,
    urgent: false,
    above: undefined,
    mark: undefined,
    notBefore: 0,
    attempts: 0,
    heartbeatAt: 0,
  });

  /** It is read again from the database when it is its turn. */
  const forget = (account: Account) => {
    account.held = undefined;
    account.changes = [];
  };

  /** What was written since the last round, by account. */
  const look = async () => {
    const ids = new Set(await store.accountsWithEdges());
    for (const id of accounts.keys()) if (!ids.has(id)) accounts.delete(id);
    for (const id of ids) if (!accounts.has(id)) accounts.set(id, newAccount());
    if (ids.size === 0) return;
    place ??= await store.lastStatusChange();
    for (;;) {
      const { changes, reached } = await store.changedCertificates(undefined, place, AT_ONCE);
      for (const change of changes) {
        const account = accounts.get(change.accountId);
        if (!account) continue;
        account.dirty = true;
        account.urgent = true;
        if (account.held) account.changes.push(change);
      }
      const done = reached === place;
      place = reached;
      if (done) break;
    }
    await lookAtPolicies();
    for (const state of await store.edgeProofs(PROOFS_AT_ONCE)) await heed(state);
  };

  /** At most for a tenth of the time, however many accounts there are. */
  const lookAtPolicies = async () => {
    const begun = performance.now();
    marksWait = begun < marksAfter;
    if (marksWait) return;
    for (const { accountId, mark } of await store.policyMarks()) {
      const account = accounts.get(accountId);
      if (!account || account.mark === mark) continue;
      account.urgent ||= account.mark !== undefined;
      account.mark = mark;
      account.dirty = true;
    }
    const end = performance.now();
    marksAfter = end + 10 * (end - begun);
  };

  /** An edge that proves that it has a version which is not known here: the database was restored from a backup. */
  const heed = async (state: EdgeState) => {
    const account = accounts.get(state.accountId);
    const proof = state.proof as SignedHeader | null;
    if (!account || !proof) return;
    const row = await store.snapshot(state.accountId);
    const key = (await store.feedKeys(state.accountId))
      .map(({ publicKey }) => parsePublicKey(publicKey))
      .find((one) => one?.id === proof.key);
    const header = key && openHeader(proof, key);
    if (!row || header?.account !== state.accountId || header.epoch < row.epoch) return;
    const known = await store.snapshotDelta(state.accountId, header.epoch, header.version);
    const newer = comparePlaces(header, { epoch: row.epoch, version: row.snapshot }) > 0;
    if (!newer && (!known || known.headerHash === hashHeader(proof.header))) return;
    logger.warn(
      { accountId: state.accountId, edge: state.id, epoch: header.epoch, version: header.version },
      'an edge has a version that is not known here: the database was restored, and a new epoch begins',
    );
    account.above = Math.max(account.above ?? 0, header.epoch);
    account.dirty = true;
    account.urgent = true;
  };

  const publish = async (accountId: string, account: Account): Promise<boolean> => {
    if (!(await leases.claim(accountId))) {
      forget(account);
      return false;
    }
    const seenRow = account.held?.row;
    const isOld = seenRow !== undefined && clock.now().getTime() - seenRow.prunedTo.getTime() >= DAY_MS;
    // Once a day all is read again from what was published, so that no fault of memory lasts.
    if (isOld || (seenRow && (await store.snapshot(accountId))?.version !== seenRow.version)) account.held = undefined;
    let changes = account.changes;
    account.changes = [];
    let { held } = account;
    if (!held) {
      held = await holdAccount(deps, accountId);
      changes = await catchUp(store, held);
      account.held = held;
      account.signer = held.signer;
    }
    account.dirty = false;
    account.urgent = false;
    const { above } = account;
    account.above = undefined;
    const prune = held.row !== undefined && clock.now().getTime() - held.row.prunedTo.getTime() >= DAY_MS;
    const begun = performance.now();
    // Everything up to the place that was reached in this round is among the changes.
    const reached = Math.max(held.followed, place ?? 0);
    const result = await publishNext(deps, held, { changes, reached, prune, above });
    const end = performance.now();
    account.notBefore = end + restMs(end - begun);
    if (result === 'overtaken') {
      account.held = undefined;
      account.dirty = true;
      return false;
    }
    return result === 'published';
  };

  const publishDue = async (): Promise<number> => {
    let published = 0;
    const begun = performance.now();
    const isDue = (account: Account) => {
      const { held, dirty, notBefore } = account;
      const isOld = held?.row && clock.now().getTime() - held.row.prunedTo.getTime() >= DAY_MS;
      return (dirty || isOld === true) && begun >= notBefore;
    };
    const due = [...accounts].filter(([, account]) => isDue(account));
    for (const [id, account] of due.sort(([, a], [, b]) => Number(b.urgent) - Number(a.urgent))) {
      // The next round looks for what has changed meanwhile before the others go on.
      if (!account.urgent && performance.now() - begun > ROUND_MS) break;
      // The one that changed last is the last to be forgotten.
      accounts.delete(id);
      accounts.set(id, account);
      try {
        if (await publish(id, account)) published += 1;
        account.attempts = 0;
      } catch (thrown) {
        const error = asCountersignError(thrown);
        forget(account);
        account.dirty = true;
        account.attempts += 1;
        account.notBefore = performance.now() + backoffMs(account.attempts - 1);
        logger.error({ accountId: id, attempts: account.attempts, code: error.code, error }, 'no snapshot was made');
      }
    }
    const held = [...accounts.values()].filter((account) => account.held);
    for (const account of held.slice(0, Math.max(0, held.length - HELD_AT_ONCE))) {
      forget(account);
    }
    return published;
  };

  /** One at a time. It is put between two versions, so that it never makes one of this worker's own come too late. */
  const renewBases = async () => {
    if (renewal?.hasEnded()) {
      const account = accounts.get(renewal.accountId);
      const seenRow = account?.held?.row;
      const isNewest = seenRow?.version === (await store.snapshot(renewal.accountId))?.version;
      const put = await renewal.put();
      if (!put) renewAfter = performance.now() + RENEWED_APART_MS;
      renewal = undefined;
      if (account?.held && put && isNewest) account.held.row = await store.snapshot(account.held.accountId);
      else if (account) forget(account);
    }
    if (renewal || performance.now() < renewAfter) return;
    const old = [...accounts.values()].find(({ held }) => held?.row && isBaseOld(held.row))?.held;
    if (old?.row && old.snapshot) renewal = beginRenewal(deps, old.row, old.snapshot);
  };

  /** Says of every account whose last version is the newest that it is. */
  const beat = async () => {
    for (const [id, account] of accounts) {
      if (account.dirty || performance.now() - account.heartbeatAt < HEARTBEAT_MS) continue;
      account.heartbeatAt = performance.now();
      const lease = await leases.claim(id);
      if (!lease) continue;
      const row = await store.snapshot(id);
      if (!row) continue;
      account.signer ??= await signerOf(deps, id);
      const at = clock.now();
      const heartbeat = signHeartbeat(account.signer, {
        account: id,
        epoch: row.epoch,
        version: row.snapshot,
        at: at.toISOString(),
      });
      await store.commit([update('snapshotLeases', lease, { ...leases.renewed(), heartbeatAt: at, heartbeat })]);
    }
  };

  return {
    async round() {
      const mark = await store.mark();
      if (mark !== seen || marksWait) {
        seen = mark;
        await look();
      }
      const published = await publishDue();
      await renewBases();
      await beat();
      return published;
    },
    async settle() {
      await renewal?.ended;
    },
  };
}
