import * as events from '../../core/audit/events.ts';
import { makeCredential } from '../../core/edges/credential.ts';
import { formatPin } from '../../core/edges/pin.ts';
import { CountersignError } from '../../core/errors.ts';
import { parseRequest, type RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { decideEdgeShow, WAITING_MS } from '../../core/requests/showing.ts';
import { expect, update } from '../../core/store/plan.ts';
import type { Edge } from '../../core/store/rows.ts';
import { credentialMessage } from '../delivery/messages/credential.ts';
import type { JobDeps } from '../deps.ts';
import { planWithoutCredential } from '../edges.ts';
import { signingKeys } from '../publish/snapshot/account.ts';
import { responseUrlOf } from '../response-address.ts';
import { planTold } from '../told.ts';
import { requireActor } from './policy.ts';

const NOT_SHOWN = {
  not_shown: 'Slack did not take the message with the credential. It counts for nothing. Press *Show once* again.',
  unclear:
    'It is not certain that Slack displayed the credential, so it counts for nothing. If you saw one, discard it. Press *Show once* again.',
} as const;

/**
 * Shows the credential of an edge once, with the feed key that the edge pins. The edge becomes active only after Slack
 * has taken the message: until then the hash lies beside an edge that nothing can connect as, so that wherever this is
 * cut off, no unseen credential ever works. The next run finds it there, erases it and has the person press again.
 */
export async function carryOutEdgeShow(deps: JobDeps, show: RequestOf<'edge_show'>): Promise<void> {
  // 1. What there is, and whether an earlier run of this job left something behind.
  const { add, edge, shows } = await loadShowing(deps, show);
  if (edge?.state === 'unshown' && edge.credentialHash !== null) {
    await endNotShown(deps, show, add, edge, 'unclear');
    return;
  }

  // 2. Policy, again.
  const { accountId, actorId } = show;
  const decision = decideEdgeShow({ add, shows }, { actorId, now: deps.clock.now(), ignoring: show.id });
  if (!decision.allowed) throw new CountersignError('too_late', { userMessage: decision.because });
  if (edge?.state !== 'unshown')
    throw new CountersignError('internal', { details: { reason: 'waits without an edge' } });
  const { unchanged } = await requireActor(deps, accountId, actorId, 'edges');
  const responseUrl = responseUrlOf(deps, show);
  const key = (await signingKeys(deps, accountId)).at(-1);
  if (!key) throw new CountersignError('internal', { details: { reason: 'there is no feed key' } });

  // 3. The credential, in memory, and its hash beside the edge, which stays unusable.
  const { text, secretHash } = makeCredential(edge.id);
  const waiting = { deadlineAt: later(add.deadlineAt, show.deadlineAt) };
  const noted = await deps.store.commit([
    ...unchanged,
    expect('requests', show),
    update('edges', edge, { credentialHash: secretHash }),
    // The request waits for as long as this showing takes, so that no deadline overtakes it.
    update('requests', add, waiting),
  ]);
  if (!noted.ok) throw new CountersignError('overtaken', { details: { table: noted.table } });
  const notedEdge = { ...edge, credentialHash: secretHash, version: edge.version + 1 };
  const waitingAdd = { ...add, ...waiting, version: add.version + 1 };

  // 4. Show it.
  const pin = formatPin({ account: accountId, pinnedKey: key.publicKey });
  const message = credentialMessage({ edge, credential: text, pin, addId: add.id, publicUrl: deps.publicUrl });
  const answered = await deps.answerThrough(responseUrl, message);

  // 5. Record what came of it: only now can the edge connect, or nothing of it is left.
  if (answered.result !== 'shown') {
    deps.logger.warn({ id: show.id, result: answered.result, code: answered.code }, 'credential not shown');
    await endNotShown(deps, show, waitingAdd, notedEdge, answered.result);
    return;
  }
  await endShown(deps, show, waitingAdd, notedEdge);
}

async function endShown(
  deps: JobDeps,
  show: RequestOf<'edge_show'>,
  add: RequestOf<'edge_add'>,
  edge: Edge,
): Promise<void> {
  const at = deps.clock.now();
  const outcome = { code: 'shown', message: 'The credential was shown.', edgeId: edge.id };
  const committed = await deps.store.commit([
    update('edges', edge, { state: 'active', shownAt: at }),
    endRequest(show, 'done', outcome, at),
    endRequest(add, 'done', outcome, at),
    ...events.edgeChanged({ accountId: show.accountId, actorId: show.actorId, at }, 'shown', edge),
    ...planTold(add, at),
  ]);
  // Shown, but not on record: the next run finds a hash that nobody can use, erases it and says so.
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

/** The credential of this showing is worth nothing; the person can press again. */
async function endNotShown(
  deps: JobDeps,
  show: RequestOf<'edge_show'>,
  add: RequestOf<'edge_add'>,
  edge: Edge,
  result: keyof typeof NOT_SHOWN,
): Promise<void> {
  const at = deps.clock.now();
  const committed = await deps.store.commit([
    ...planWithoutCredential(edge),
    endRequest(show, 'failed', { code: result, message: NOT_SHOWN[result] }, at),
    update('requests', add, { deadlineAt: later(add.deadlineAt, new Date(at.getTime() + WAITING_MS)) }),
    ...planTold(add, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

async function loadShowing(deps: JobDeps, show: RequestOf<'edge_show'>) {
  const parent = await deps.store.request(show.parentId ?? '');
  if (parent?.kind !== 'edge_add' || parent.accountId !== show.accountId) throw new CountersignError('not_found');
  const edge = await deps.store.edgeOfRequest(parent.id);
  if (edge !== undefined && edge.id !== show.payload.edgeId) throw new CountersignError('not_found');
  return { add: parseRequest('edge_add', parent), edge, shows: await deps.store.requestsOf(parent.id) };
}

const later = (a: Date, b: Date) => (a > b ? a : b);
