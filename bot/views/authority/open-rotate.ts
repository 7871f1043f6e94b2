import { randomUUID } from 'node:crypto';
import { requireRole } from '../../../core/access/access.ts';
import { CountersignError } from '../../../core/errors.ts';
import { decideRotation } from '../../../core/renewal/generations.ts';
import { recordRequest } from '../../../core/requests/record.ts';
import type { Authority } from '../../../core/store/rows.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import { loadCaller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';
import type { ActionHandler, SubmissionHandler, SubmittedView, Turn } from '../../turn.ts';
import { openView } from '../open-view.ts';
import { DECIDED_WITHIN_MS, recordedNotice } from '../revoke/recorded.ts';
import { buildRotateView, ROTATE_BLOCKS, readRotateForm } from './rotate.ts';

/** `/mtls ca rotate`, and the button of `/mtls ca`: for administrators. */
export async function openRotate(deps: BotDeps, turn: Turn & { view?: SubmittedView | undefined }): Promise<void> {
  await openView(turn, buildRotateView(await loadRotatable(deps, turn.person)));
}

export const clickRotate: ActionHandler = (deps, turn) => openRotate(deps, turn);

/** @throws CountersignError `not_authorized`, or `already_exists` saying why there is nothing to rotate now. */
async function loadRotatable(deps: BotDeps, person: Person): Promise<Authority> {
  const caller = await loadCaller(deps, person);
  requireRole(caller.roles, 'ca_rotate', caller.administrators);
  const generations = await reading(deps.store.presentAuthorities(caller.accountId));
  const decision = decideRotation(generations, deps.clock.now());
  if (!decision.allowed) throw new CountersignError('already_exists', { userMessage: decision.because });
  return decision.present;
}

export const submitRotate: SubmissionHandler = async (deps, { person, view }) => {
  await loadRotatable(deps, person);
  const { overlapDays, compromised, because } = readRotateForm(view);
  const refuse = (text: string) => ({
    response_action: 'errors' as const,
    errors: { [ROTATE_BLOCKS.overlap]: text },
  });
  if (overlapDays === undefined) return refuse('Choose one of the times.');
  if (overlapDays === 0 && !compromised) {
    return refuse(
      'No server can trust a generation that does not exist yet. Choose a time, or tick Leaked Key if that is why.',
    );
  }
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: person.accountId,
    actorId: person.userId,
    kind: 'ca_rotate',
    payload: { overlapDays, because, ...(compromised ? { compromised } : {}) },
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + DECIDED_WITHIN_MS),
  });
  return { response_action: 'update', view: await recordedNotice(deps, request, 'New Generation') };
};
