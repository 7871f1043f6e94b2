import { requireRole } from '../core/access/access.ts';
import { CountersignError } from '../core/errors.ts';
import type { Certificate } from '../core/store/rows.ts';
import type { BotDeps } from './deps.ts';
import { reading } from './limit.ts';
import { type Caller, loadCaller } from './middleware/caller.ts';
import type { Person } from './middleware/person.ts';

/**
 * A certificate of the account that this person may change: their own, or any with the role for it. The worker asks
 * again.
 * @throws CountersignError `not_authorized` or `not_found`; without a role, what is somebody else's and what is not
 *   there read alike.
 */
export async function loadOwnOrAllowed(
  deps: BotDeps,
  person: Person,
  certificateId: string,
  action: 'revoke' | 'release',
): Promise<{ caller: Caller; certificate: Certificate }> {
  const caller = await loadCaller(deps, person);
  const certificate = await reading(deps.store.certificate(certificateId));
  const known = certificate?.accountId === caller.accountId && certificate.certificate !== null;
  if (!known || certificate.ownerId !== caller.userId) requireRole(caller.roles, action, caller.administrators);
  if (!known) throw new CountersignError('not_found', { userMessage: 'There is no such certificate here.' });
  return { caller, certificate };
}
