import { randomUUID } from 'node:crypto';
import { requireRole } from '../../core/access/access.ts';
import { CountersignError } from '../../core/errors.ts';
import { recordRequest } from '../../core/requests/record.ts';
import { decideShow, SHOW_DEADLINE_MS } from '../../core/requests/showing.ts';
import { seal } from '../../core/seal.ts';
import type { Message, Request } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import type { BotDeps } from '../deps.ts';
import { reading } from '../limit.ts';
import { loadCaller } from '../middleware/caller.ts';
import { replyMessage } from '../reply.ts';
import type { ActionHandler, ActionTurn } from '../turn.ts';
import { outcomeText, waitForEnd } from '../wait.ts';

/** How long a click waits in silence; an RSA 4096 key may take longer. */
const WORKING_MS = 1_500;
/** How long a click waits for its own message to be on record. */
const POSTED_MS = 1_000;
const POLL_MS = 25;
const TOO_FAST =
  'That was quicker than our records: this message is still being written down. Press again in a moment.';

/** *Show once* on the lasting message of an `issue` request. */
export const clickShowOnce: ActionHandler = (deps, turn) =>
  show(deps, turn, { issueId: turn.value, replaces: undefined });

/** *I did not get the key*: the value names the request and the showing it speaks of. */
export const clickNotReceived: ActionHandler = (deps, turn) => {
  const [issueId = '', replaces = ''] = turn.value.split(':');
  return show(deps, turn, { issueId, replaces });
};

/**
 * 1. The click must come from the very message that was recorded for this request, in its account.
 * 2. The roles and the rules of showing are asked now, and again by the worker.
 * 3. The request is recorded with the response_url sealed in it: the worker answers through it with the key.
 */
async function show(
  deps: BotDeps,
  turn: ActionTurn,
  click: { issueId: string; replaces: string | undefined },
): Promise<void> {
  const { message } = turn;
  const caller = await loadCaller(deps, turn.person);
  const [issue, shows, certificates, posted] = await reading(
    Promise.all([
      deps.store.request(click.issueId),
      deps.store.requestsOf(click.issueId),
      deps.store.certificatesOfRequest(click.issueId),
      untilPosted(deps.store, click.issueId),
    ]),
  );
  if (posted && posted.ts === null) throw new CountersignError('busy', { userMessage: TOO_FAST });
  const genuine = message !== undefined && posted?.channel === message.channel && posted.ts === message.ts;
  if (issue?.kind !== 'issue' || issue.accountId !== caller.accountId || !genuine) {
    throw new CountersignError('not_found', {
      userMessage: 'This button does not belong to a certificate that can be shown. Nothing was done.',
    });
  }
  requireRole(caller.roles, 'issue', caller.administrators);
  const now = deps.clock.now();
  const decision = decideShow(
    { issue, shows, certificates },
    { actorId: caller.userId, now, replaces: click.replaces },
  );
  if (!decision.allowed) throw new CountersignError('too_late', { userMessage: decision.because });

  const id = randomUUID();
  const { request, fresh } = await recordRequest(deps, {
    id,
    accountId: issue.accountId,
    actorId: caller.userId,
    kind: 'show',
    payload: { issueId: issue.id, ...(click.replaces === undefined ? {} : { replaces: click.replaces }) },
    idempotencyKey: decision.idempotencyKey,
    parentId: issue.id,
    deadlineAt: new Date(now.getTime() + SHOW_DEADLINE_MS),
    sealed: seal(deps.keys, { purpose: 'reveal', accountId: issue.accountId, rowId: id }, message.responseUrl),
  });
  if (!fresh) return turn.tell(replyMessage('This is already on its way. It appears here in a moment.'));
  await turn.done();
  const text = await tellingText(deps, request);
  if (text !== undefined) await turn.tell(replyMessage(text));
}

/** The lasting message's row; it may be on the screen a moment before it is on record where it was posted. */
async function untilPosted(store: Store, issueId: string): Promise<Message | undefined> {
  const giveUpAt = performance.now() + POSTED_MS;
  for (;;) {
    const message = await store.messageOf(issueId, 'requester');
    if (!message || message.ts !== null || performance.now() >= giveUpAt) return message;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What is said beside the key itself, which the worker posts: nothing when it came at once. */
async function tellingText(deps: BotDeps, request: Request): Promise<string | undefined> {
  const ended = await waitForEnd(deps.store, request, WORKING_MS);
  if (!ended) return 'Working on it: your certificate and its key appear here in a moment, for you alone.';
  return ended.state === 'done' ? undefined : outcomeText(ended);
}
