import type { Action } from '../../core/access/access.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import type { Certificate } from '../../core/store/rows.ts';
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
  return { certificate: issued, ...(await requireSiteActor(deps, request, action, issued.siteId)) };
}

/** @throws CountersignError `wrong_state` with what to do. */
export function refuseState(userMessage: string): never {
  throw new CountersignError('wrong_state', { userMessage });
}

export const target = ({ id, version }: Certificate) => [{ table: 'certificates' as const, id, version }];
