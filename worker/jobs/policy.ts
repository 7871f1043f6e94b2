import type { Action } from '../../core/access/access.ts';
import { administratorsOf, requireRole, rolesOf } from '../../core/access/access.ts';
import { ensureAccount } from '../../core/accounts.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { expect, type Plan } from '../../core/store/plan.ts';
import type { Account, RoleGrant, Site } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';

/**
 * Whether this person may still do this, asked where it is done: roles and standing in Slack as they are now.
 * @returns the account and its grants, and a plan that fails if either changes before the effect is written.
 */
export async function requireActor(
  deps: JobDeps,
  accountId: string,
  actorId: string,
  action: Action,
): Promise<{ account: Account; grants: RoleGrant[]; unchanged: Plan }> {
  const account = await ensureAccount(deps.store, accountId, deps.clock.now());
  const grants = await deps.store.roles(accountId);
  const roles = rolesOf({ accountId, userId: actorId }, grants, deps.firstAdmins);
  requireRole(roles, action, administratorsOf(accountId, grants, deps.firstAdmins));
  await deps.people.requireMember(accountId, actorId);
  return { account, grants, unchanged: [expect('accounts', account)] };
}

/** The policy of issuing: an operator, an active site of the account, a validity within the account's limit. */
export async function requireIssuer(
  deps: JobDeps,
  actorId: string,
  issue: RequestOf<'issue'>,
): Promise<{ site: Site; unchanged: Plan }> {
  const { account, unchanged } = await requireActor(deps, issue.accountId, actorId, 'issue');
  const site = await deps.store.site(issue.accountId, issue.payload.siteId);
  if (site?.state !== 'active') {
    throw new CountersignError('no_site', {
      userMessage: `The site ${site?.name ?? ''} is not active any more, so nothing was signed. Ask for a certificate of another site with \`/mtls issue\`.`,
    });
  }
  if (issue.payload.validityDays > account.maxValidityDays) {
    throw new CountersignError('invalid_input', {
      userMessage: `Certificates may be valid for ${account.maxValidityDays} days at most here. Ask again with \`/mtls issue\`.`,
    });
  }
  return { site, unchanged: [...unchanged, expect('sites', site)] };
}
