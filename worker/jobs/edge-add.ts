import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import type { JobDeps } from '../deps.ts';

/** Not there yet. */
export async function carryOutEdgeAdd(_deps: JobDeps, _request: RequestOf<'edge_add'>): Promise<void> {
  throw new CountersignError('not_found');
}
