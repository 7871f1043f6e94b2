import { CountersignError } from '../core/errors.ts';
import { unseal } from '../core/seal.ts';
import type { Request } from '../core/store/rows.ts';
import type { JobDeps } from './deps.ts';

/** Where a click is answered: the response_url that the bot has sealed into its request. */
export function responseUrlOf(deps: Pick<JobDeps, 'keys'>, click: Request): string {
  const { id, accountId, sealed } = click;
  if (!sealed) throw new CountersignError('internal', { details: { reason: 'a showing without response_url' } });
  return unseal(deps.keys, { purpose: 'reveal', accountId, rowId: id }, sealed).toString('utf8');
}
