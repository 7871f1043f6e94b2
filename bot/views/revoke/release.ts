import { randomUUID } from 'node:crypto';
import type { ModalView } from '@slack/types';
import { recordRequest } from '../../../core/requests/record.ts';
import { refuseUnlessHeld } from '../../../core/revocation/revocable.ts';
import { context, plain, section } from '../../../core/slack/blocks.ts';
import type { Certificate } from '../../../core/store/rows.ts';
import { loadOwnOrAllowed } from '../../certificate.ts';
import type { ActionHandler, SubmissionHandler } from '../../turn.ts';
import { openView } from '../open-view.ts';
import { DECIDED_WITHIN_MS, recordedNotice } from './recorded.ts';
import { certificateSummary } from './view.ts';

export const RELEASE_VIEW = 'release';
const WHY = { block: 'why', action: 'release_why' } as const;

/** *Release* of a suspended certificate: asks why, because somebody else decides. */
export const clickRelease: ActionHandler = async (deps, turn) => {
  const { certificate } = await loadOwnOrAllowed(deps, turn.person, turn.value, 'release');
  refuseUnlessHeld(certificate);
  await openView(turn, buildReleaseView(certificate));
};

export function buildReleaseView(certificate: Certificate): ModalView {
  return {
    type: 'modal',
    callback_id: RELEASE_VIEW,
    title: plain('Release Certificate', 24),
    submit: plain('Release', 24),
    close: plain('Cancel', 24),
    private_metadata: certificate.id,
    blocks: [
      ...certificateSummary(certificate),
      section('Whoever holds its private key is let in again. If the key may have leaked, revoke it instead.'),
      {
        type: 'input',
        block_id: WHY.block,
        label: plain('Why it can be used again', 2000),
        element: { type: 'plain_text_input', action_id: WHY.action, multiline: true, min_length: 1, max_length: 500 },
      },
      context('A second person may be asked before it is valid again. You are told what they decide.'),
    ],
  };
}

export const submitRelease: SubmissionHandler = async (deps, { person, view }) => {
  const because = (view.values[WHY.block]?.[WHY.action]?.value ?? '').trim();
  if (because === '') return { response_action: 'errors', errors: { [WHY.block]: 'Say why, in a few words.' } };
  const { certificate } = await loadOwnOrAllowed(deps, person, view.privateMetadata, 'release');
  refuseUnlessHeld(certificate);
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: person.accountId,
    actorId: person.userId,
    kind: 'release',
    payload: { certificateId: certificate.id, because: because.slice(0, 500) },
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + DECIDED_WITHIN_MS),
  });
  return { response_action: 'update', view: await recordedNotice(deps, request, 'Release Certificate') };
};
