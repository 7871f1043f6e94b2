import { bold } from '../slack/text.ts';
import { POLICY_KINDS } from '../store/questions/snapshots.ts';
import type { Request, RequestItem, SnapshotDelta } from '../store/rows.ts';
import type { Store } from '../store/store.ts';

export type EffectStore = Pick<Store, 'edges' | 'firstAcks' | 'snapshotOfChange' | 'snapshotAfter' | 'lastRequestItem'>;

/** So many edges that have not answered are named. */
const NAMED = 3;

/** How far the last change of a certificate has come at the edges, as a sentence; empty where no edge was there yet. */
export async function certificateAtEdges(store: EffectStore, certificateId: string): Promise<string> {
  const change = await store.snapshotOfChange(certificateId);
  if (!change) return '';
  const { accountId, changedAt, delta, isFollowed } = change;
  return edgesText(store, accountId, changedAt, delta, isFollowed);
}

/**
 * How far a change of many certificates has come at the edges: as far as that of the last of them, since they are
 * changed one after the other and every version has all that came before it.
 */
export async function manyAtEdges(store: EffectStore, requestId: string, state: RequestItem['state']): Promise<string> {
  const last = await store.lastRequestItem(requestId, state);
  return last ? certificateAtEdges(store, last.certificateId) : '';
}

/** How far what a request has changed has come at the edges; empty where it has changed nothing of what they enforce. */
export async function requestAtEdges(store: EffectStore, request: Request): Promise<string> {
  const { accountId, kind, state, endedAt } = request;
  if (state !== 'done' || endedAt === null || !POLICY_KINDS.includes(kind)) return '';
  const delta = await store.snapshotAfter(accountId, endedAt);
  return delta ? edgesText(store, accountId, endedAt, delta, true) : '';
}

/** @param isFollowed a version has the change in it, even if that version is not kept any more. */
async function edgesText(
  store: EffectStore,
  accountId: string,
  since: Date,
  delta: SnapshotDelta | undefined,
  isFollowed: boolean,
): Promise<string> {
  // What was added later has it from its first version on.
  const edges = (await store.edges(accountId)).filter(({ shownAt }) => shownAt !== null && shownAt <= since);
  if (edges.length === 0) return '';
  // Too long ago to be kept: whoever is connected has it.
  if (!delta) return isFollowed ? '' : `*Edges:* on its way to ${count(edges.length)}.`;
  const acks = new Map(
    (await store.firstAcks(accountId, delta.epoch, delta.snapshot)).map((ack) => [ack.edgeId, ack.receivedAt]),
  );
  const missing = edges.filter(({ id }) => !acks.has(id));
  const there = edges.length - missing.length;
  if (there === 0) return `*Edges:* on its way to ${count(edges.length)}.`;
  const lastMs = Math.max(...edges.map(({ id }) => acks.get(id)?.getTime() ?? 0)) - since.getTime();
  const reached = `*Edges:* effective on ${there} of ${count(edges.length)} after ${duration(Math.max(0, lastMs))}`;
  if (missing.length === 0) return `${reached}.`;
  const named = missing.slice(0, NAMED).map(({ name }) => bold(name));
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : '';
  return `${reached}; not yet on ${named.join(', ')}${more}.`;
}

const count = (edges: number) => `${edges} ${edges === 1 ? 'edge' : 'edges'}`;

function duration(ms: number): string {
  if (ms < 10_000) return `${(Math.ceil(ms / 100) / 10).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.ceil(ms / 1_000)} s`;
  const minutes = Math.ceil(ms / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
