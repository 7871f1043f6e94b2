import { randomUUID } from 'node:crypto';
import { requireRole } from '../../../core/access/access.ts';
import { checkBesideOthers } from '../../../core/ca/uploaded/known.ts';
import { UPLOADED_LIMIT } from '../../../core/ca/uploaded/limit.ts';
import { nameForUploaded } from '../../../core/ca/uploaded/name.ts';
import { MOST_OCTETS } from '../../../core/ca/uploaded/paste.ts';
import { freePlace } from '../../../core/ca/uploaded/place.ts';
import { holdsAKey, readUploaded } from '../../../core/ca/uploaded/uploaded.ts';
import { CountersignError } from '../../../core/errors.ts';
import { recordRequest } from '../../../core/requests/record.ts';
import type { BotDeps } from '../../deps.ts';
import { blockOfGiven, readGiven } from '../../given.ts';
import { reading } from '../../limit.ts';
import { type Caller, loadCaller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';
import { replyFieldErrors } from '../../reply.ts';
import type { ActionHandler, SubmissionHandler, SubmittedView, Turn } from '../../turn.ts';
import { collectErrors, refuseField } from '../field-errors.ts';
import { openView } from '../open-view.ts';
import { DECIDED_WITHIN_MS, recordedNotice } from '../revoke/recorded.ts';
import { UPLOAD_BLOCKS as BLOCKS, readUploadForm } from './form.ts';
import { buildUploadView, type UploadModel } from './view.ts';

/** `/mtls ca upload` and *Upload…*: for administrators. Says at once when there is no place or no site. */
export async function openUpload(deps: BotDeps, turn: Turn & { view?: SubmittedView | undefined }): Promise<void> {
  const { model } = await loadUpload(deps, turn.person);
  if (model.sites.length === 0) throw new CountersignError('no_site');
  await openView(turn, buildUploadView(model));
}

export const clickUpload: ActionHandler = (deps, turn) => openUpload(deps, turn);

async function loadUpload(deps: BotDeps, person: Person): Promise<{ caller: Caller; model: UploadModel }> {
  const caller = await loadCaller(deps, person);
  requireRole(caller.roles, 'ca_upload', caller.administrators);
  const [account, sites, slots] = await reading(
    Promise.all([
      deps.store.account(caller.accountId),
      deps.store.sites(caller.accountId),
      deps.store.uploadedSlots(caller.accountId),
    ]),
  );
  const limit = account?.uploadedLimit ?? UPLOADED_LIMIT;
  freePlace(slots, limit);
  return {
    caller,
    model: { sites: sites.filter(({ state }) => state === 'active'), places: { used: slots.length, limit } },
  };
}

const CERTIFICATE = {
  thing: 'the certificate',
  most: MOST_OCTETS,
  tooLong: 'This file is longer than 64 KiB, which no certificate is. Upload the root alone.',
  holdsAKey,
};

/** A submitted "Upload CA Certificate": checked in full, recorded, and only then acknowledged. */
export const submitUpload: SubmissionHandler = async (deps, { person, view }) => {
  const { caller, model } = await loadUpload(deps, person);
  const { accountId } = caller;
  const form = readUploadForm(view);
  const given = { text: form.certificate, file: form.file };
  const { errors, check } = collectErrors();
  const site = await check(
    BLOCKS.site,
    () =>
      model.sites.find(({ id }) => id === form.siteId) ??
      refuseField('This site is not active any more. Choose another one.'),
  );
  const uploaded = await check(blockOfGiven(given, { text: BLOCKS.certificate, file: BLOCKS.file }), async () => {
    const read = await readGiven(deps, given, CERTIFICATE, (input) => readUploaded(input, deps.clock.now()));
    if (site) await reading(checkBesideOthers(deps.store, read, { accountId, siteId: site.id }));
    return read;
  });
  const name = uploaded && (await check(BLOCKS.name, () => nameForUploaded(form.name, uploaded)));
  if (!site || !uploaded || name === undefined) {
    return { response_action: 'errors', errors: replyFieldErrors(errors) };
  }
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId,
    actorId: caller.userId,
    kind: 'ca_upload',
    payload: { siteId: site.id, name, certificate: Buffer.from(uploaded.der).toString('base64') },
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + DECIDED_WITHIN_MS),
  });
  return { response_action: 'update', view: await recordedNotice(deps, request, 'Upload CA Certificate') };
};
