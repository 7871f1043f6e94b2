import { randomUUID } from 'node:crypto';
import { CountersignError } from '../../core/errors.ts';
import type { Payload } from '../../core/requests/contracts.ts';
import { recordRequest } from '../../core/requests/record.ts';
import { SHOW_DEADLINE_MS, type ShowDecision } from '../../core/requests/showing.ts';
import { seal } from '../../core/seal.ts';
import type { Message, Request } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import type { BotDeps } from '../deps.ts';
import { reading } from '../limit.ts';
import { type Caller, loadCaller } from '../middleware/caller.ts';
import { replyMessage } from '../reply.ts';
import type { ActionTurn } from '../turn.ts';
import { outcomeText, waitForEnd } from '../wait.ts';

/** How long a click waits in silence; an RSA 4096 key may take longer. */
const WORKING_MS = 1_500;
/** How long a click waits for its own message to be on record. */
const POSTED_MS = 1_000;
const POLL_MS = 25;
const TOO_FAST =
  'That was quicker than our records: this message is still being written down. Press again in a moment.';

const SHOWN = { issue: 'a certificate', key_create: 'an API key', edge_add: 'an edge' } as const;

/**
 * A showing, whether of a certificate's key of an API key's secret or of an edge's credential:
 * 1. The click must come from the very message that was recorded for its request, in its account (`loadClicked`).
 * 2. The roles and the rules of showing are asked now, and again by the worker.
 * 3. The request is recorded with the response_url sealed in it: the worker answers through it (`recordShowing`).
 */
export async function loadClicked(
  deps: BotDeps,
  turn: ActionTurn,
  kind: 'issue' | 'key_create' | 'edge_add',
  askedId: string,
): Promise<{ asked: Request; shows: Request[]; caller: Caller }> {
  const { message } = turn;
  const caller = await loadCaller(deps, turn.person);
  const [asked, shows, posted] = await reading(
    Promise.all([deps.store.request(askedId), deps.store.requestsOf(askedId), untilPosted(deps.store, askedId)]),
  );
  if (posted && posted.ts === null) throw new CountersignError('busy', { userMessage: TOO_FAST });
  const genuine = message !== undefined && posted?.channel === message.channel && posted.ts === message.ts;
  if (asked?.kind !== kind || asked.accountId !== caller.accountId || !genuine) {
    throw new CountersignError('not_found', {
      userMessage: `This button does not belong to ${SHOWN[kind]} that can be shown. Nothing was done.`,
    });
  }
  return { asked, shows, caller };
}

export async function recordShowing<K extends 'show' | 'key_show' | 'edge_show'>(
  deps: BotDeps,
  turn: ActionTurn,
  showing: { asked: Request; kind: K; payload: Payload<K>; decision: ShowDecision; working: string },
): Promise<void> {
  const { asked, kind, payload, decision, working } = showing;
  const { message } = turn;
  if (!decision.allowed) throw new CountersignError('too_late', { userMessage: decision.because });
  if (!message) throw new CountersignError('invalid_input');
  const id = randomUUID();
  const { request, fresh } = await recordRequest(deps, {
    id,
    accountId: asked.accountId,
    actorId: turn.person.userId,
    kind,
    payload,
    idempotencyKey: decision.idempotencyKey,
    parentId: asked.id,
    deadlineAt: new Date(deps.clock.now().getTime() + SHOW_DEADLINE_MS),
    sealed: seal(deps.keys, { purpose: 'reveal', accountId: asked.accountId, rowId: id }, message.responseUrl),
  });
  if (!fresh) return turn.tell(replyMessage('This is already on its way. It appears here in a moment.'));
  await turn.done();
  const text = await tellingText(deps, request, working);
  if (text !== undefined) await turn.tell(replyMessage(text));
}

/** The lasting message's row; it may be on the screen a moment before it is on record where it was posted. */
async function untilPosted(store: Store, askedId: string): Promise<Message | undefined> {
  const giveUpAt = performance.now() + POSTED_MS;
  for (;;) {
    const message = await store.messageOf(askedId, 'requester');
    if (!message || message.ts !== null || performance.now() >= giveUpAt) return message;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What is said beside what is shown, which the worker posts: nothing when it came at once. */
async function tellingText(deps: BotDeps, request: Request, working: string): Promise<string | undefined> {
  const ended = await waitForEnd(deps.store, request, WORKING_MS);
  if (!ended) return working;
  return ended.state === 'done' ? undefined : outcomeText(ended);
}
