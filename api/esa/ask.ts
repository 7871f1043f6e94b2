import { randomUUID } from 'node:crypto';
import { keyActor } from '../../core/access/actor.ts';
import { asCountersignError } from '../../core/errors.ts';
import { makeLocks } from '../../core/locks.ts';
import { contentHash } from '../../core/requests/content.ts';
import type { Payload } from '../../core/requests/contracts.ts';
import { recordRequest } from '../../core/requests/record.ts';
import { moment } from '../../core/slack/text.ts';
import { insert } from '../../core/store/plan.ts';
import type { AccessKey, Approval, Request, RequestKind } from '../../core/store/rows.ts';
import type { ApiDeps } from '../deps.ts';
import { EsaError } from './error.ts';
import { nonceId } from './gatekeeper.ts';
import type { Operation } from './operation.ts';
import { errorOf } from './outcome.ts';
import { plainWords } from './plain-words.ts';
import { decideRepetition } from './repeat.ts';
import type { Waiter } from './waiter.ts';

/** What has not been begun by then expires: nothing is changed after the client has been told that it was not. */
const DEADLINE_MS = 15_000;
/** A client is kept waiting no longer; most give up after that by themselves. */
const LONGEST_WAIT_MS = 20_000;

/** A call that is to change something. */
type Asking = { operation: Operation; key: AccessKey; accessKeyId: string; nonce: string };

type Ask = <K extends RequestKind>(asking: Asking, kind: K, payload: Payload<K>) => Promise<Request>;

/**
 * Has the worker do what a call asks for. The request is recorded together with the call's nonce, so that whatever Redis
 * forgets, no call is carried out twice.
 */
export function makeAsk(deps: ApiDeps & { waiter: Waiter }): Ask {
  const oneAtATime = makeLocks();
  return async (asking, kind, payload) => {
    const content = contentHash(kind, payload);
    const giveUpAt = performance.now() + LONGEST_WAIT_MS;
    const settle = (request: Request) =>
      request.state === 'recorded' ? deps.waiter.settled(request.id, giveUpAt - performance.now()) : request;
    // Of two calls for the same that come at once, the second sees what the first has written down.
    const request = await oneAtATime(`${asking.key.id}:${content}`, async () => {
      const earlier = await findRepeated(deps, asking, content, settle);
      if (!earlier) return record(deps, asking, kind, payload, content);
      await recordNonce(deps, asking);
      return earlier;
    });
    const settled = await settle(request);
    if (!settled) {
      throw new EsaError(
        'ServiceUnavailable',
        'This was taken in and has not been carried out yet. Look whether it was before you ask again.',
      );
    }
    if (settled.state === 'done') return settled;
    if (settled.state === 'waiting') throw pending(await deps.store.approvalOfRequest(settled.id));
    throw errorOf(settled, asking.operation.refusals);
  };
}

/** The earlier request that this call is a repetition of; undefined when it is a request of its own. */
async function findRepeated(
  deps: ApiDeps,
  { key, operation }: Asking,
  content: string,
  settle: (request: Request) => Promise<Request | undefined> | Request,
): Promise<Request | undefined> {
  const find = () => deps.store.newestRequestFor(key.accountId, keyActor(key.name), content);
  let earlier = await find();
  let repetition = decideRepetition(earlier, key, deps.clock.now());
  if (repetition === 'wait' && earlier) {
    await settle(earlier.request);
    earlier = await find();
    repetition = decideRepetition(earlier, key, deps.clock.now());
  }
  if (!earlier || repetition === 'new') return undefined;
  if (repetition === 'done' && !(await operation.stillSo?.(deps, earlier.request))) return undefined;
  return earlier.request;
}

async function record<K extends RequestKind>(
  deps: ApiDeps,
  asking: Asking,
  kind: K,
  payload: Payload<K>,
  content: string,
): Promise<Request> {
  const { key, accessKeyId, nonce } = asking;
  const now = deps.clock.now();
  try {
    const { request, fresh } = await recordRequest(deps, {
      id: randomUUID(),
      accountId: key.accountId,
      actorId: keyActor(key.name),
      kind,
      payload,
      idempotencyKey: `api:${accessKeyId}:${nonce}`,
      contentHash: content,
      deadlineAt: new Date(now.getTime() + DEADLINE_MS),
      also: [insert('apiNonces', { id: nonceId(accessKeyId, nonce), receivedAt: now })],
    });
    if (!fresh) throw nonceUsed();
    return request;
  } catch (error) {
    if (asCountersignError(error).details['duplicate'] === 'apiNonces') throw nonceUsed();
    throw error;
  }
}

/** A call that records no request of its own was let in all the same, and no second time. */
async function recordNonce({ store, clock }: ApiDeps, { accessKeyId, nonce }: Asking): Promise<void> {
  const row = { id: nonceId(accessKeyId, nonce), receivedAt: clock.now() };
  const committed = await store.commit([insert('apiNonces', row)]);
  if (!committed.ok) throw nonceUsed();
}

export function nonceUsed(): EsaError {
  return new EsaError('SignatureNonceUsed', 'This nonce was used before. Each call needs one of its own.');
}

function pending(approval: Approval | undefined): EsaError {
  const card = approval?.card as { plain?: string } | undefined;
  const what = card?.plain ? `: ${plainWords(card.plain)}` : '';
  const until = approval ? ` until ${plainWords(moment(approval.expiresAt))}` : '';
  return new EsaError(
    'Approval.Pending',
    `A person has to agree first${what}. It waits in the approval channel in Slack${until}. Repeat the call: it succeeds once somebody has approved.`,
  );
}
