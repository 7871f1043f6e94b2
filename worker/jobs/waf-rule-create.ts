import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import type { JobDeps } from '../deps.ts';

/** Not there yet. */
export async function carryOutWafRuleCreate(_deps: JobDeps, _request: RequestOf<'waf_rule_create'>): Promise<void> {
  throw new CountersignError('not_found');
}
