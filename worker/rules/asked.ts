import { canonicalJson } from '../../core/canonical-json.ts';
import type { Request } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { refuseWhileSameAsked } from '../jobs/policy.ts';

/**
 * One question is asked once, so that nobody fills the approval channel by asking the same again.
 * @throws CountersignError `already_exists`, saying what to do.
 */
export function refuseSameQuestion(deps: JobDeps, request: Request): Promise<void> {
  const asked = canonicalJson(request.payload);
  return refuseWhileSameAsked(deps, request, ({ payload }) => canonicalJson(payload) === asked);
}
