import type { Breathe } from '../../../core/breathe.ts';
import type { DeltaMessage } from '../../../core/snapshot/messages.ts';
import type { Policy } from '../../../core/snapshot/policy.ts';
import {
  bitsFor,
  changeSet,
  differenceOf,
  emptySet,
  hasSerial,
  packSerials,
  type SerialChanges,
  type SerialSet,
} from '../../../core/snapshot/serial-set.ts';
import type { ChangedCertificate, PolicyRows } from '../../../core/store/questions/snapshots.ts';
import type { Store } from '../../../core/store/store.ts';
import type { Held } from './account.ts';
import { listManaged, listUploaded } from './serials.ts';

/** What may have changed since the version that is held. */
export type News = {
  changes: readonly ChangedCertificate[];
  /** How far the status changes were followed for it. */
  reached: number;
  /** Looks for certificates that have ended. */
  prune: boolean;
  /** A new epoch, higher than this: edges know versions that this database does not. */
  above: number | undefined;
};

type Changed = { set: SerialSet; changes: SerialChanges | undefined };

const ENDED_AT_ONCE = 1_000;

/** Who is revoked now, by authority of the policy, and what has changed for it. A set that is the same is the same object. */
export async function changeSets(
  store: Store,
  held: Held,
  now: { rows: PolicyRows; policy: Policy; news: News; prunedTo: Date },
  breathe: Breathe,
): Promise<{ sets: Map<string, SerialSet>; changes: DeltaMessage['changes']; sources: Map<string, string> }> {
  const { rows, policy, news, prunedTo } = now;
  const managed = new Set(rows.authorities.map(({ id }) => id));
  const sets = new Map<string, SerialSet>();
  const changes: DeltaMessage['changes'] = [];
  const sources = new Map<string, string>();
  for (const { id } of policy.authorities) {
    const before = held.snapshot?.sets.get(id);
    let changed: Changed;
    if (managed.has(id)) {
      changed = before
        ? await followManaged(store, id, before, { news, from: held.row?.prunedTo, prunedTo }, breathe)
        : await compare(held, id, await listManaged(store, id, prunedTo, breathe), breathe);
    } else {
      const source = sourceOf(id, rows);
      sources.set(id, source);
      changed =
        before && held.sources.get(id) === source
          ? { set: before, changes: undefined }
          : await compare(held, id, await listUploaded(store, id, rows, breathe), breathe);
    }
    sets.set(id, changed.set);
    if (changed.changes) changes.push({ authority: id, ...asText(changed.changes) });
  }
  return { sets, changes, sources };
}

async function followManaged(
  store: Store,
  authorityId: string,
  before: SerialSet,
  { news, from, prunedTo }: { news: News; from: Date | undefined; prunedTo: Date },
  breathe: Breathe,
): Promise<Changed> {
  /** The last word on each serial. */
  const isListed = new Map<string, boolean>();
  for (const change of news.changes) {
    if (change.authorityId !== authorityId) continue;
    isListed.set(change.serial, change.state !== 'active' && change.notAfter > prunedTo);
  }
  if (news.prune && from) {
    for await (const serial of endedSerials(store, authorityId, from, prunedTo, breathe)) isListed.set(serial, false);
  }
  const added: string[] = [];
  const removed: string[] = [];
  for (const [serial, listed] of isListed) {
    if (listed !== hasSerial(before, serial)) (listed ? added : removed).push(serial);
  }
  if (added.length + removed.length === 0) return { set: before, changes: undefined };
  const bits = bitsFor(before.count + added.length - removed.length, before.bits);
  const changes = { bits, added: packSerials(added), removed: packSerials(removed) };
  return { set: await changeSet(before, changes, breathe), changes };
}

async function* endedSerials(
  store: Store,
  authorityId: string,
  from: Date,
  until: Date,
  breathe: Breathe,
): AsyncGenerator<string> {
  for (let after: { notAfter: Date; serial: string } | undefined = { notAfter: from, serial: LAST }; after; ) {
    const ended: { serial: string; notAfter: Date }[] = await store.endedSerials(
      authorityId,
      after,
      until,
      ENDED_AT_ONCE,
    );
    for (const { serial } of ended) yield serial;
    after = ended.length < ENDED_AT_ONCE ? undefined : ended.at(-1);
    await breathe();
  }
}

/** Behind every serial. */
const LAST = 'g';

async function compare({ snapshot }: Held, authorityId: string, now: SerialSet, breathe: Breathe): Promise<Changed> {
  const before = snapshot?.sets.get(authorityId);
  if (before?.root === now.root) return { set: before, changes: undefined };
  // The first version of all is fetched whole.
  if (!snapshot) return { set: now, changes: undefined };
  return { set: now, changes: await differenceOf(before ?? emptySet, now, breathe) };
}

/** What an uploaded authority's revocations are made from; different whenever they may be. */
function sourceOf(authorityId: string, { uploadedCrls, blocks }: PolicyRows): string {
  const contentId = uploadedCrls.find(({ id }) => id === authorityId)?.contentId ?? '';
  const serials = blocks.filter((block) => block.kind === 'serial' && block.authorityId === authorityId);
  return [contentId, ...serials.map(({ value }) => value).sort()].join(' ');
}

function asText({ bits, added, removed }: SerialChanges) {
  const text = (run: Uint8Array) => Buffer.from(run.buffer, run.byteOffset, run.length).toString('base64');
  return { bits, added: text(added), removed: text(removed) };
}
