import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import type { JobDeps } from '../deps.ts';

/** Not there yet. */
export async function carryOutEdgeShow(_deps: JobDeps, _request: RequestOf<'edge_show'>): Promise<void> {
  throw new CountersignError('not_found');
}
