import { randomUUID } from 'node:crypto';
import type { ModalView } from '@slack/types';
import { blockText } from '../../../core/ca/read-crl/block.ts';
import { CountersignError } from '../../../core/errors.ts';
import { recordRequest } from '../../../core/requests/record.ts';
import { context, plain, section } from '../../../core/slack/blocks.ts';
import { bold, code, escapeText, mention, moment } from '../../../core/slack/text.ts';
import type { Block } from '../../../core/store/rows.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import type { Person } from '../../middleware/person.ts';
import type { ActionHandler, SubmissionHandler } from '../../turn.ts';
import type { CustomCa } from '../custom-ca/load.ts';
import { openView, replaceView } from '../open-view.ts';
import { DECIDED_WITHIN_MS, recordedNotice } from '../revoke/recorded.ts';
import { BLOCK_VIEW } from './block.ts';
import { loadRevoking } from './load.ts';

export const LIFT_VIEW = 'ca_lift';
const WHY = { block: 'why', action: 'ca_lift_why' } as const;

/** *Lift…*; the value is the block's id. Takes the place of the list of blocks, which is not true any more afterwards. */
export const clickLift: ActionHandler = async (deps, turn) => {
  const { block, ca } = await loadLiftable(deps, turn.person, turn.value);
  const view = buildLiftView(block, ca);
  if (turn.view?.callbackId === BLOCK_VIEW) await replaceView(turn, turn.view, view);
  else await openView(turn, view);
};

/** @throws CountersignError `not_found` for one of another account and one that was lifted, `not_authorized`. */
async function loadLiftable(deps: BotDeps, person: Person, blockId: string): Promise<{ block: Block; ca: CustomCa }> {
  const block = await reading(deps.store.block(blockId));
  if (block?.accountId !== person.accountId || block.liftedAt !== null) {
    throw new CountersignError('not_found', { userMessage: 'This block was lifted already.' });
  }
  const { ca } = await loadRevoking(deps, person, block.authorityId);
  return { block, ca };
}

export function buildLiftView(block: Block, { authority, siteName }: CustomCa): ModalView {
  return {
    type: 'modal',
    callback_id: LIFT_VIEW,
    private_metadata: block.id,
    title: plain('Lift a Block', 24),
    submit: plain('Lift', 24),
    close: plain('Keep it', 24),
    blocks: [
      section(
        `${bold(authority.name)} for ${code(siteName ?? '')}, ${blockText(block)}\nBlocked ${moment(block.createdAt)} by ${mention(block.createdBy)}: ${escapeText(block.because)}`,
      ),
      section('Whoever holds its private key is let in again, unless the CRL of the CA lists it.'),
      {
        type: 'input',
        block_id: WHY.block,
        label: plain('Why it can be let in again', 2000),
        element: { type: 'plain_text_input', action_id: WHY.action, multiline: true, min_length: 1, max_length: 500 },
      },
      context('A second person may be asked before it is lifted. You are told what they decide.'),
    ],
  };
}

export const submitLift: SubmissionHandler = async (deps, { person, view }) => {
  const because = (view.values[WHY.block]?.[WHY.action]?.value ?? '').trim();
  if (because === '') return { response_action: 'errors', errors: { [WHY.block]: 'Say why, in a few words.' } };
  const { block } = await loadLiftable(deps, person, view.privateMetadata);
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: person.accountId,
    actorId: person.userId,
    kind: 'ca_unblock',
    payload: { blockId: block.id, because: because.slice(0, 500) },
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + DECIDED_WITHIN_MS),
  });
  return { response_action: 'update', view: await recordedNotice(deps, request, 'Lift a Block') };
};
