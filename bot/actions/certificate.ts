import { randomUUID } from 'node:crypto';
import { CountersignError } from '../../core/errors.ts';
import { recordRequest } from '../../core/requests/record.ts';
import { bold } from '../../core/slack/text.ts';
import { replyMessage } from '../reply.ts';
import type { ActionHandler, ActionTurn, SubmittedView } from '../turn.ts';
import { readPlace } from '../views/certificate/history.ts';
import { drawCertificate, loadVisible, readCertificateState } from '../views/certificate/load.ts';
import { CERTIFICATE_VIEW } from '../views/certificate/view.ts';
import { openView, replaceView } from '../views/open-view.ts';

const FILES_WITHIN_MS = 10 * 60_000;

/** *Details*, *Show*; the value is the certificate's id. From one certificate to another it stays the same view. */
export const clickCertificate: ActionHandler = async (deps, turn) => {
  const view = await drawCertificate(deps, turn.person, { id: turn.value });
  if (turn.view?.callbackId === CERTIFICATE_VIEW) return replaceView(turn, turn.view, view);
  await openView(turn, view);
};

export const clickOlder: ActionHandler = async (deps, turn) => {
  const { view, id } = shownIn(turn);
  await replaceView(turn, view, await drawCertificate(deps, turn.person, { id, before: readPlace(turn.value) }));
};

export const clickNewest: ActionHandler = async (deps, turn) => {
  const { view, id } = shownIn(turn);
  await replaceView(turn, view, await drawCertificate(deps, turn.person, { id }));
};

/** *Download*: the files come as a direct message, since a modal can show none. */
export const clickDownload: ActionHandler = async (deps, turn) => {
  const { caller, certificate } = await loadVisible(deps, turn.person, turn.value);
  await recordRequest(deps, {
    id: randomUUID(),
    accountId: caller.accountId,
    actorId: caller.userId,
    kind: 'certificate_files',
    payload: { certificateId: certificate.id },
    idempotencyKey: `click:${turn.triggerId}`,
    deadlineAt: new Date(deps.clock.now().getTime() + FILES_WITHIN_MS),
  });
  await turn.tell(
    replyMessage(
      `The files of ${bold(certificate.name)} (PEM, DER and its chain) come as a direct message from me in a moment.`,
    ),
  );
};

function shownIn({ view }: ActionTurn): { view: SubmittedView; id: string } {
  const state = view && readCertificateState(view.privateMetadata);
  if (view && state) return { view, id: state.id };
  throw new CountersignError('invalid_input', {
    userMessage: 'This cannot go on from here. Open the certificate again with `/mtls show`.',
  });
}
