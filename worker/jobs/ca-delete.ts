import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import type { JobDeps } from '../deps.ts';

/** Not there yet. */
export async function carryOutCaDelete(_deps: JobDeps, _request: RequestOf<'ca_delete'>): Promise<void> {
  throw new CountersignError('not_found');
}
