import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import type { JobDeps } from '../deps.ts';

/** Not there yet. */
export async function carryOutWafRuleUpdate(_deps: JobDeps, _request: RequestOf<'waf_rule_update'>): Promise<void> {
  throw new CountersignError('not_found');
}
