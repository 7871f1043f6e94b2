import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import type { JobDeps } from '../deps.ts';

/** Not there yet. */
export async function carryOutKeyCreate(_deps: JobDeps, _request: RequestOf<'key_create'>): Promise<void> {
  throw new CountersignError('not_found');
}
