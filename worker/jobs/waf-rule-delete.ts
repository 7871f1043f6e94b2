import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import type { JobDeps } from '../deps.ts';

/** Not there yet. */
export async function carryOutWafRuleDelete(_deps: JobDeps, _request: RequestOf<'waf_rule_delete'>): Promise<void> {
  throw new CountersignError('not_found');
}
