import type { Action } from '../../core/access/access.ts';
import { isPerson } from '../../core/access/actor.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import type { Certificate } from '../../core/store/rows.ts';
import { ANSWERED_WITHIN_MS } from '../answers.ts';
import type { JobDeps } from '../deps.ts';
import { requireSiteActor } from './policy.ts';

/**
 * The certificate that a call of the OpenAPI is about, if the key that calls may still do this with it.
 * @throws CountersignError `not_found` for one that is not there, or that was deleted there.
 */
export async function requireApiCertificate(
  deps: JobDeps,
  request: RequestOf<'api_revoke' | 'api_activate' | 'api_delete'>,
  action: Action,
) {
  const certificate = await deps.store.certificate(request.payload.certificateId);
  const issued = certificate?.certificate ? certificate : undefined;
  if (!issued || issued.accountId !== request.accountId || issued.deletedAt !== null || issued.state === 'abandoned') {
    throw new CountersignError('not_found', { userMessage: 'There is no certificate with this Id.' });
  }
  const actor = await requireSiteActor(deps, request, action, issued.siteId);
  if (actor.key?.mode === 'asks') awaitAnswer(deps, issued);
  return { certificate: issued, ...actor };
}

/**
 * In a moment it will be put on record that the answer with this certificate was written, which changes its row: what a
 * person is asked about must not change by itself.
 */
function awaitAnswer(deps: JobDeps, { ownerId, shownAt, createdAt }: Certificate): void {
  const owed = !isPerson(ownerId) && shownAt === null;
  if (owed && deps.clock.now().getTime() - createdAt.getTime() < ANSWERED_WITHIN_MS) {
    throw new CountersignError('overtaken', { details: { table: 'owedAnswers' } });
  }
}

/** @throws CountersignError `wrong_state` with what to do. */
export function refuseState(userMessage: string): never {
  throw new CountersignError('wrong_state', { userMessage });
}

export const target = ({ id, version }: Certificate) => [{ table: 'certificates' as const, id, version }];
