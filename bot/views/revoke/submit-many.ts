import { randomUUID } from 'node:crypto';
import { recordRequest } from '../../../core/requests/record.ts';
import { replyFieldErrors } from '../../reply.ts';
import type { SubmissionHandler } from '../../turn.ts';
import { checkRevokeForm, readRevokeForm } from './form.ts';
import { readPreview, requireRevokeMany } from './open-many.ts';
import { DECIDED_WITHIN_MS, recordedNotice } from './recorded.ts';

/** A submitted "Revoke Many": the list it was shown for is named by its digest, and the worker holds it to that. */
export const submitRevokeMany: SubmissionHandler = async (deps, { person, view }) => {
  const preview = readPreview(view);
  await requireRevokeMany(deps, person, preview.filter);
  const checked = await checkRevokeForm(readRevokeForm(view), deps.clock.now());
  if ('errors' in checked) return { response_action: 'errors', errors: replyFieldErrors(checked.errors) };
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: person.accountId,
    actorId: person.userId,
    kind: 'revoke_many',
    payload: { ...preview, ...checked },
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + DECIDED_WITHIN_MS),
  });
  return { response_action: 'update', view: await recordedNotice(deps, request, 'Revoke Many') };
};
