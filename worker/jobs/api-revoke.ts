import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import type { JobDeps } from '../deps.ts';

/** Not there yet. */
export async function carryOutApiRevoke(_deps: JobDeps, _request: RequestOf<'api_revoke'>): Promise<void> {
  throw new CountersignError('not_found');
}
