import { randomUUID } from 'node:crypto';
import type { ModalView } from '@slack/types';
import { describeCertificate } from '../../../core/ca/certificate.ts';
import { requireUnbound } from '../../../core/ca/uploaded/bound.ts';
import { recordRequest } from '../../../core/requests/record.ts';
import { plain, section } from '../../../core/slack/blocks.ts';
import { bold, code, truncate } from '../../../core/slack/text.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import type { Person } from '../../middleware/person.ts';
import type { ActionHandler, SubmissionHandler, Turn } from '../../turn.ts';
import { openView, replaceView } from '../open-view.ts';
import { DECIDED_WITHIN_MS, recordedNotice } from '../revoke/recorded.ts';
import { type CustomCa, loadCustomCas, requireCustomCa } from './load.ts';
import { CUSTOM_CA_VIEW } from './show.ts';

export const DELETE_CA_VIEW = 'ca_delete';

/** `/mtls ca delete Plant CA`: asks; what it asks for is done when it is submitted. */
export async function openDelete(deps: BotDeps, turn: Turn, id: string): Promise<void> {
  await openView(turn, buildDeleteView(await loadDeletable(deps, turn.person, id)));
}

/** *Delete…*; the value is the authority's id. What shows the CA turns into the question, so that it does not stay open. */
export const clickDelete: ActionHandler = async (deps, turn) => {
  const view = buildDeleteView(await loadDeletable(deps, turn.person, turn.value));
  if (turn.view?.callbackId === CUSTOM_CA_VIEW) await replaceView(turn, turn.view, view);
  else await openView(turn, view);
};

/** @throws CountersignError `ca_bound` naming the hostnames, `not_found`, `not_authorized`. */
async function loadDeletable(deps: BotDeps, person: Person, id: string): Promise<CustomCa> {
  const ca = requireCustomCa(await loadCustomCas(deps, person, 'ca_delete'), id);
  const { authority, hostnames, siteName } = ca;
  if (siteName !== undefined) await reading(requireUnbound(deps.store, authority, { hostnames: [...hostnames] }));
  return ca;
}

export function buildDeleteView({ authority, siteName }: CustomCa): ModalView {
  const { subject } = describeCertificate(authority.certificate);
  const where = siteName === undefined ? '' : ` for ${code(siteName)}`;
  return {
    type: 'modal',
    callback_id: DELETE_CA_VIEW,
    private_metadata: authority.id,
    title: plain('Delete CA Certificate', 24),
    submit: plain('Delete', 24),
    close: plain('Keep it', 24),
    blocks: [
      section(
        `Delete ${bold(authority.name)}${where}?\n${code(truncate(subject, 500))}\nSHA-256 ${code(authority.fingerprint)}`,
      ),
      section(
        'No hostname is bound to it, so nobody is shut out, and its place is free again. Its CRL and blocks go with it. The certificate can be uploaded again.',
      ),
    ],
  };
}

export const submitDelete: SubmissionHandler = async (deps, { person, view }) => {
  const { authority } = await loadDeletable(deps, person, view.privateMetadata);
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: person.accountId,
    actorId: person.userId,
    kind: 'ca_delete',
    payload: { authorityId: authority.id },
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + DECIDED_WITHIN_MS),
  });
  return { response_action: 'update', view: await recordedNotice(deps, request, 'Delete CA Certificate') };
};
