import { randomBytes } from 'node:crypto';
import { makeAccessKeySecret } from '../../core/access/credentials.ts';
import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import { parseRequest, type RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { decideKeyShow, WAITING_MS } from '../../core/requests/showing.ts';
import { seal } from '../../core/seal.ts';
import { expect, update } from '../../core/store/plan.ts';
import type { AccessKey } from '../../core/store/rows.ts';
import { keySiteNames, planWithoutSecret } from '../access-keys.ts';
import { secretMessage } from '../delivery/messages/secret.ts';
import type { JobDeps } from '../deps.ts';
import { responseUrlOf } from '../response-address.ts';
import { planTold } from '../told.ts';
import { requireActor } from './policy.ts';

/** Said when a showing came to nothing; the key goes on waiting and its button works again. */
export const SECRET_NOT_SHOWN = {
  not_shown: 'Slack did not take the message with your secret. It counts for nothing. Press *Show once* again.',
  unclear:
    'It is not certain that Slack displayed your secret, so it counts for nothing. If you saw one, discard it. Press *Show once* again.',
} as const;

/**
 * Shows the secret of an API key once. The key becomes active only after Slack has taken the message: until then the
 * secret lies sealed beside a key that nobody can use, so that wherever this is cut off, no unseen secret ever works.
 * The next run finds it there, erases it and has the person press again.
 */
export async function carryOutKeyShow(deps: JobDeps, show: RequestOf<'key_show'>): Promise<void> {
  // 1. What there is, and whether an earlier run of this job left something behind.
  const { create, key, shows } = await loadShowing(deps, show);
  if (key?.state === 'unshown' && key.sealedSecret !== null) {
    await endNotShown(deps, show, create, key, 'unclear');
    return;
  }

  // 2. Policy, again.
  const { accountId, actorId } = show;
  const decision = decideKeyShow({ create, shows }, { actorId, now: deps.clock.now(), ignoring: show.id });
  if (!decision.allowed) throw new CountersignError('too_late', { userMessage: decision.because });
  if (key?.state !== 'unshown') throw new CountersignError('internal', { details: { reason: 'waits without a key' } });
  const { unchanged } = await requireActor(deps, accountId, actorId, 'access_keys');
  const responseUrl = responseUrlOf(deps, show);

  // 3. The secret, in memory, and sealed beside the key, which stays unusable.
  const secret = makeAccessKeySecret(randomBytes);
  const sealedSecret = seal(deps.keys, { purpose: 'access-key', accountId, rowId: key.id }, secret);
  const waiting = { deadlineAt: later(create.deadlineAt, show.deadlineAt) };
  const sealed = await deps.store.commit([
    ...unchanged,
    expect('requests', show),
    update('accessKeys', key, { sealedSecret }),
    // The request waits for as long as this showing takes, so that no deadline overtakes it.
    update('requests', create, waiting),
  ]);
  if (!sealed.ok) throw new CountersignError('overtaken', { details: { table: sealed.table } });
  const sealedKey = { ...key, sealedSecret, version: key.version + 1 };
  const waitingCreate = { ...create, ...waiting, version: create.version + 1 };

  // 4. Show it.
  const message = secretMessage({ key, secret, createId: create.id, publicUrl: deps.publicUrl });
  const answered = await deps.answerThrough(responseUrl, message);

  // 5. Record what came of it: only now can the key be used, or nothing of it is left.
  if (answered.result !== 'shown') {
    deps.logger.warn({ id: show.id, result: answered.result, code: answered.code }, 'secret not shown');
    await endNotShown(deps, show, waitingCreate, sealedKey, answered.result);
    return;
  }
  await endShown(deps, show, waitingCreate, sealedKey);
}

async function endShown(
  deps: JobDeps,
  show: RequestOf<'key_show'>,
  create: RequestOf<'key_create'>,
  key: AccessKey,
): Promise<void> {
  const at = deps.clock.now();
  const outcome = { code: 'shown', message: 'The secret was shown.', keyId: key.id };
  const who = { accountId: show.accountId, actorId: show.actorId, at };
  const committed = await deps.store.commit([
    update('accessKeys', key, { state: 'active', shownAt: at }),
    endRequest(show, 'done', outcome, at),
    endRequest(create, 'done', outcome, at),
    ...events.keyChanged(who, 'shown', key, await keySiteNames(deps, key)),
    ...planTold(create, at),
  ]);
  // Shown, but not on record: the next run finds a sealed secret that nobody can use, erases it and says so.
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

/** The secret of this showing is erased; the person can press again. */
async function endNotShown(
  deps: JobDeps,
  show: RequestOf<'key_show'>,
  create: RequestOf<'key_create'>,
  key: AccessKey,
  result: keyof typeof SECRET_NOT_SHOWN,
): Promise<void> {
  const at = deps.clock.now();
  const committed = await deps.store.commit([
    ...planWithoutSecret(key),
    endRequest(show, 'failed', { code: result, message: SECRET_NOT_SHOWN[result] }, at),
    update('requests', create, { deadlineAt: later(create.deadlineAt, new Date(at.getTime() + WAITING_MS)) }),
    ...planTold(create, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

async function loadShowing(deps: JobDeps, show: RequestOf<'key_show'>) {
  const parent = await deps.store.request(show.parentId ?? '');
  if (parent?.kind !== 'key_create' || parent.accountId !== show.accountId) throw new CountersignError('not_found');
  const key = await deps.store.accessKeyOfRequest(parent.id);
  // Gone together with a request that has expired: the decision says so.
  if (key !== undefined && key.id !== show.payload.keyId) throw new CountersignError('not_found');
  return { create: parseRequest('key_create', parent), key, shows: await deps.store.requestsOf(parent.id) };
}

const later = (a: Date, b: Date) => (a > b ? a : b);
