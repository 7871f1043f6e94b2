import { randomUUID } from 'node:crypto';
import type { ModalView } from '@slack/types';
import { requireRole } from '../../../core/access/access.ts';
import { EDGE_KINDS, EDGE_NAME } from '../../../core/edges/names.ts';
import { ANSWERED_AT_ONCE_MS } from '../../../core/requests/end.ts';
import { recordRequest } from '../../../core/requests/record.ts';
import { WAITING_MS } from '../../../core/requests/showing.ts';
import { context, option, plain, section } from '../../../core/slack/blocks.ts';
import { EDGE_KINDS_TOLD, edgeTaken } from '../../../core/slack/edge.ts';
import { code } from '../../../core/slack/text.ts';
import type { Request } from '../../../core/store/rows.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import { type Caller, loadCaller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';
import { replyFieldErrors } from '../../reply.ts';
import type { ActionHandler, SubmissionHandler, SubmittedView, Turn } from '../../turn.ts';
import { outcomeText, waitForAnswer } from '../../wait.ts';
import { collectErrors, refuseField } from '../field-errors.ts';
import { buildNotice } from '../notice.ts';
import { openView } from '../open-view.ts';

export const EDGE_VIEW = 'edge_add';
/** The same name for a field's block and its element. */
const BLOCKS = { name: 'edge_name', kind: 'edge_kind' } as const;

/** `/mtls edge add [name]`, and the button of the list: for administrators. */
export async function openEdgeAdd(
  deps: BotDeps,
  turn: Turn & { view?: SubmittedView | undefined },
  typed: string,
): Promise<void> {
  await loadEdgeCaller(deps, turn.person);
  const name = typed.trim().toLowerCase();
  await openView(turn, buildEdgeView(EDGE_NAME.test(name) ? name : ''));
}

export const clickOpenEdgeAdd: ActionHandler = (deps, turn) => openEdgeAdd(deps, turn, '');

/** @throws CountersignError `not_authorized` for everybody but administrators. */
export async function loadEdgeCaller(deps: BotDeps, person: Person): Promise<Caller> {
  const caller = await loadCaller(deps, person);
  requireRole(caller.roles, 'edges', caller.administrators);
  return caller;
}

export function buildEdgeView(name: string): ModalView {
  const kinds = EDGE_KINDS.map((kind) => option(EDGE_KINDS_TOLD[kind], kind));
  const [first] = kinds;
  return {
    type: 'modal',
    callback_id: EDGE_VIEW,
    title: plain('Add Edge', 24),
    submit: plain('Add it', 24),
    close: plain('Cancel', 24),
    blocks: [
      context(
        'An edge terminates TLS for your hostnames and enforces what is decided here. A second person has to agree. Its credential is shown once, to you alone, when you press a button in a direct message from me.',
      ),
      {
        type: 'input',
        block_id: BLOCKS.name,
        label: plain('Name', 2000),
        hint: plain('Lower case, as in berlin-1. Lists and messages call it by it.', 2000),
        element: {
          type: 'plain_text_input',
          action_id: BLOCKS.name,
          max_length: 40,
          placeholder: plain('berlin-1'),
          ...(name === '' ? {} : { initial_value: name }),
        },
      },
      {
        type: 'input',
        block_id: BLOCKS.kind,
        label: plain('Kind', 2000),
        element: {
          type: 'radio_buttons',
          action_id: BLOCKS.kind,
          options: kinds,
          ...(first === undefined ? {} : { initial_option: first }),
        },
      },
    ],
  };
}

/** A submitted "Add Edge": checked, recorded, and only then acknowledged. */
export const submitEdge: SubmissionHandler = async (deps, { person, view }) => {
  const caller = await loadEdgeCaller(deps, person);
  const name = (view.values[BLOCKS.name]?.[BLOCKS.name]?.value ?? '').trim();
  const chosen = view.values[BLOCKS.kind]?.[BLOCKS.kind]?.selected_option?.value;
  const { errors, check } = collectErrors();
  const checkedName = await check(BLOCKS.name, () => checkName(deps, caller, name));
  const kind = await check(
    BLOCKS.kind,
    () => EDGE_KINDS.find((one) => one === chosen) ?? refuseField('Choose what it is.'),
  );
  if (checkedName === undefined || kind === undefined) {
    return { response_action: 'errors', errors: replyFieldErrors(errors) };
  }
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: caller.accountId,
    actorId: caller.userId,
    kind: 'edge_add',
    payload: { name: checkedName, kind },
    // A view is submitted once; whatever comes again with its id is the same submission.
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + WAITING_MS),
  });
  const answered = await waitForAnswer(deps.store, request, ANSWERED_AT_ONCE_MS / 2);
  const text = await recordedText(deps, checkedName, answered);
  return { response_action: 'update', view: buildNotice('Edge', [section(text)]) };
};

async function checkName(deps: BotDeps, { accountId }: Caller, name: string): Promise<string> {
  if (!EDGE_NAME.test(name)) {
    return refuseField(
      'Use lower-case letters, digits and dashes, at most 40, beginning and ending with a letter or digit.',
    );
  }
  return (await reading(deps.store.edgeByName(accountId, name))) ? refuseField(edgeTaken(name)) : name;
}

async function recordedText(deps: BotDeps, name: string, answered: Request | undefined): Promise<string> {
  if (answered?.endedAt) return outcomeText(answered);
  const made = answered && (await reading(deps.store.edgeOfRequest(answered.id)));
  if (made) {
    return `The edge ${code(name)} is added. A direct message from me has the button *Show once*: press it when you are ready to save its credential.`;
  }
  return answered
    ? `A second person is asked about the edge ${code(name)}. A direct message from me shows how it stands; when they have agreed, it has the button *Show once*.`
    : `Your request for the edge ${code(name)} is recorded. A direct message from me tells how it goes on.`;
}
