import { randomUUID } from 'node:crypto';
import { recordRequest } from '../../../core/requests/record.ts';
import { replyFieldErrors } from '../../reply.ts';
import type { SubmissionHandler } from '../../turn.ts';
import { checkRevokeForm, readRevokeForm, SUSPEND } from './form.ts';
import { loadRevocable } from './open.ts';
import { DECIDED_WITHIN_MS, recordedNotice } from './recorded.ts';

/** A submitted "Revoke": checked again in full, recorded, and only then acknowledged. */
export const submitRevoke: SubmissionHandler = async (deps, { person, view }) => {
  const { certificate } = await loadRevocable(deps, person, view.privateMetadata);
  const form = readRevokeForm(view);
  const recording = {
    id: randomUUID(),
    accountId: person.accountId,
    actorId: person.userId,
    // A view is submitted once; whatever comes again with its id is the same submission.
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + DECIDED_WITHIN_MS),
  };
  if (form.reason === SUSPEND) {
    const payload = { certificateId: certificate.id, because: form.because.slice(0, 500) };
    const { request } = await recordRequest(deps, { ...recording, kind: 'suspend', payload });
    return { response_action: 'update', view: await recordedNotice(deps, request, 'Suspend Certificate') };
  }
  const checked = await checkRevokeForm(form, deps.clock.now());
  if ('errors' in checked) return { response_action: 'errors', errors: replyFieldErrors(checked.errors) };
  const payload = { certificateId: certificate.id, ...checked };
  const { request } = await recordRequest(deps, { ...recording, kind: 'revoke', payload });
  return { response_action: 'update', view: await recordedNotice(deps, request, 'Revoke Certificate') };
};
