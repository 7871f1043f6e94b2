import { randomUUID } from 'node:crypto';
import type { ModalView } from '@slack/types';
import { mayDo, requireRole } from '../../../core/access/access.ts';
import { CountersignError } from '../../../core/errors.ts';
import { ANSWERED_AT_ONCE_MS } from '../../../core/requests/end.ts';
import { recordRequest } from '../../../core/requests/record.ts';
import { actions, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { code } from '../../../core/slack/text.ts';
import type { Edge } from '../../../core/store/rows.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import { loadCaller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';
import { replyMessage } from '../../reply.ts';
import type { ActionHandler, CommandTurn, SubmittedView, Turn } from '../../turn.ts';
import { outcomeText, waitForAnswer } from '../../wait.ts';
import { openView, replaceView } from '../open-view.ts';
import { loadEdgeCaller } from './add.ts';
import { buildEdgeList, removeButton } from './list.ts';

const DEADLINE_MS = 10 * 60_000;

/** `/mtls edge list`: for everybody with a role. */
export async function openEdgeList(deps: BotDeps, turn: Turn & { view?: SubmittedView | undefined }): Promise<void> {
  await openView(turn, await drawEdgeList(deps, turn.person));
}

/** The account's edges as they are now. Asks anew who may see them. */
async function drawEdgeList(deps: BotDeps, person: Person, notice?: string): Promise<ModalView> {
  const { accountId, roles, administrators } = await loadCaller(deps, person);
  requireRole(roles, 'edge_list', administrators);
  const { store, clock } = deps;
  const [edges, states, head] = await reading(
    Promise.all([store.edges(accountId), store.edgeStates(accountId), store.snapshot(accountId)]),
  );
  return buildEdgeList({
    edges,
    states: new Map(states.map((state) => [state.id, state])),
    head,
    mayChange: mayDo(roles, 'edges'),
    now: clock.now(),
    notice,
  });
}

/** `/mtls edge remove NAME`: only asks; the button with its confirmation does it. */
export async function runEdgeRemove(deps: BotDeps, turn: CommandTurn, typed: string): Promise<void> {
  const { accountId } = await loadEdgeCaller(deps, turn.person);
  const name = typed.trim().toLowerCase();
  const edge = name === '' ? undefined : await reading(deps.store.edgeByName(accountId, name.slice(0, 100)));
  if (!edge) {
    const problem = name === '' ? 'Say which edge, by its name.' : `There is no edge ${code(name.slice(0, 100))} here.`;
    throw new CountersignError('not_found', { userMessage: `${problem} \`/mtls edge list\` shows those there are.` });
  }
  await turn.tell(buildRemoveQuestion(edge));
}

function buildRemoveQuestion(edge: Edge): SlackMessage {
  const text = `Remove the edge ${code(edge.name)}? Its credential is worth nothing from then on. Where it still runs, it goes on with what it has and hears of no later revocation.`;
  return { text, blocks: [section(text), actions('edge_remove', [removeButton(edge)])] };
}

/** *Remove…* in the list, and in the answer to `/mtls edge remove`: answered once, however often it is pressed. */
export const clickRemoveEdge: ActionHandler = async (deps, turn) => {
  const { view, message } = turn;
  const caller = await loadEdgeCaller(deps, turn.person);
  const edge = await reading(deps.store.edge(turn.value.slice(0, 64)));
  if (edge?.accountId !== caller.accountId) {
    throw new CountersignError('not_found', { userMessage: 'There is no such edge here. Nothing was changed.' });
  }
  const shown = view ? `view:${view.id}:${view.hash}` : message && `message:${message.channel}:${message.ts}`;
  if (shown === undefined) throw new CountersignError('invalid_input');
  await turn.done();
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: caller.accountId,
    actorId: caller.userId,
    kind: 'edge_remove',
    payload: { edgeId: edge.id },
    idempotencyKey: `${shown}:${caller.userId}:edge_remove:${edge.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + DEADLINE_MS),
  });
  const answered = await waitForAnswer(deps.store, request, ANSWERED_AT_ONCE_MS);
  const outcome = answered?.endedAt
    ? outcomeText(answered)
    : 'Recorded. I will tell you in a direct message when it is done.';
  if (view) return replaceView(turn, view, await drawEdgeList(deps, turn.person, outcome));
  await turn.respond({ response_type: 'ephemeral', replace_original: true, ...replyMessage(outcome) });
};
