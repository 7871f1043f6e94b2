import type { Action } from '../../core/access/access.ts';
import { administratorsOf, requireRole, rolesOf } from '../../core/access/access.ts';
import { isPerson, keyActor, keyNameOf } from '../../core/access/actor.ts';
import { keyGroupOf, whyKeyMayNot } from '../../core/access/key.ts';
import { ensureAccount } from '../../core/accounts.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { expect, type Plan } from '../../core/store/plan.ts';
import type { AccessKey, Account, Certificate, Request, Role, RoleGrant, Site } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { requireRenewable } from './renewable.ts';

export type Actor = {
  account: Account;
  /** With user groups turned into their members: what every decision is about. */
  grants: readonly RoleGrant[];
  /** As they were given, groups and all. */
  given: readonly RoleGrant[];
  roles: ReadonlySet<Role>;
  administrators: readonly string[];
  /** Fails if the account, its grants or the access key change before the effect is written. */
  unchanged: Plan;
  /** The access key that acts; undefined for a person. */
  key: AccessKey | undefined;
};

/**
 * Whether this person may still do this, asked where it is done: roles and standing in Slack as they are now. API keys
 * may do what is about a site; see `requireSiteActor`.
 * @throws CountersignError `not_authorized`.
 */
export async function requireActor(deps: JobDeps, accountId: string, actorId: string, action: Action): Promise<Actor> {
  const actor = await loadActor(deps, accountId, actorId);
  requireRole(actor.roles, action, actor.administrators);
  await deps.people.requireMember(accountId, actorId);
  return actor;
}

/**
 * Whether this person or API key may still do this to this site, asked where it is done: roles and standing in Slack, or
 * the key's scope, as they are now. `unchanged` is about the site as well.
 * @param siteId null for what is about no site that exists yet, which an API key may do if it is for all sites.
 * @throws CountersignError `not_authorized`; `no_site` where there is no such active site.
 */
export async function requireSiteActor(
  deps: JobDeps,
  request: Pick<Request, 'accountId' | 'actorId'>,
  action: Action,
  siteId: string,
): Promise<Actor & { site: Site }>;
export async function requireSiteActor(
  deps: JobDeps,
  request: Pick<Request, 'accountId' | 'actorId'>,
  action: Action,
  siteId: null,
): Promise<Actor>;
export async function requireSiteActor(
  deps: JobDeps,
  { accountId, actorId }: Pick<Request, 'accountId' | 'actorId'>,
  action: Action,
  siteId: string | null,
): Promise<Actor & { site?: Site }> {
  const keyName = keyNameOf(actorId);
  const actor =
    keyName === undefined
      ? await requireActor(deps, accountId, actorId, action)
      : await requireKey(deps, accountId, keyName, action, siteId);
  if (siteId === null) return actor;
  const site = await deps.store.site(accountId, siteId);
  if (site?.state !== 'active') {
    throw new CountersignError('no_site', {
      userMessage: `The site ${site?.name ?? ''} is not active any more, so nothing was changed.`,
    });
  }
  return { ...actor, site, unchanged: [...actor.unchanged, expect('sites', site)] };
}

async function requireKey(
  deps: JobDeps,
  accountId: string,
  name: string,
  action: Action,
  siteId: string | null,
): Promise<Actor> {
  const key = await deps.store.accessKeyByName(accountId, name);
  const group = keyGroupOf(action);
  const problem =
    key === undefined || group === undefined
      ? 'This access key may not do this.'
      : whyKeyMayNot(key, { group, access: 'write', siteId });
  if (key === undefined || problem !== undefined) {
    throw new CountersignError('not_authorized', { userMessage: problem ?? '', details: { action } });
  }
  const actor = await loadActor(deps, accountId, keyActor(name));
  return { ...actor, key, unchanged: [...actor.unchanged, expect('accessKeys', key)] };
}

/** The same for what needs no role: somebody who is still a member of the workspace. */
export async function requirePerson(deps: JobDeps, accountId: string, actorId: string): Promise<Actor> {
  const actor = await loadActor(deps, accountId, actorId);
  await deps.people.requireMember(accountId, actorId);
  return actor;
}

async function loadActor(deps: JobDeps, accountId: string, actorId: string): Promise<Actor> {
  const account = await ensureAccount(deps.store, accountId, deps.clock.now());
  const given = await deps.store.roles(accountId);
  const grants = await deps.groups.expand(given);
  return {
    account,
    given,
    grants,
    roles: rolesOf({ accountId, userId: actorId }, grants, deps.firstAdmins),
    administrators: administratorsOf(accountId, grants, deps.firstAdmins),
    unchanged: [expect('accounts', account)],
    key: undefined,
  };
}

/**
 * One question about a certificate is asked once: a person whose request already waits for a decision is not heard a
 * second time, so that nobody can fill the approval channel.
 * @throws CountersignError `already_exists`, saying what to do.
 */
export function refuseWhileAsked(
  deps: JobDeps,
  request: RequestOf<'revoke' | 'release'>,
  certificateId: string,
): Promise<void> {
  return refuseWhileSameAsked(deps, request, (other) => other.payload['certificateId'] === certificateId);
}

/**
 * The same for other kinds of requests.
 * @param isSame of another request of this kind and by this person: whether it asks for the same.
 */
export async function refuseWhileSameAsked(
  deps: JobDeps,
  request: Pick<Request, 'id' | 'accountId' | 'actorId' | 'kind'>,
  isSame: (other: Request) => boolean,
): Promise<void> {
  const open = await deps.store.openRequestsOf(request.accountId, request.actorId, OPEN_LOOKED_AT);
  const same = open.some(
    (other) => other.id !== request.id && other.kind === request.kind && other.state === 'waiting' && isSame(other),
  );
  if (!same) return;
  throw new CountersignError('already_exists', {
    userMessage: isPerson(request.actorId)
      ? 'You have asked for this already, and somebody else has not decided yet. Withdraw the first request to ask again.'
      : 'This access key has asked for this already, and nobody has decided yet. An approver does, in the approval channel in Slack.',
  });
}

/** As many open requests of one person as are looked through. */
const OPEN_LOOKED_AT = 200;

/** A certificate of the account that this person may change: their own, or any with the role for it. */
export async function requireCertificate(
  deps: JobDeps,
  request: { accountId: string; actorId: string },
  certificateId: string,
  action: 'suspend' | 'release' | 'revoke',
): Promise<Actor & { certificate: Certificate }> {
  const actor = await requirePerson(deps, request.accountId, request.actorId);
  const certificate = await deps.store.certificate(certificateId);
  const known = certificate?.accountId === request.accountId && certificate.certificate !== null;
  // What is not theirs and what is not there read alike to somebody without a role.
  if (certificate?.ownerId !== request.actorId || !known) requireRole(actor.roles, action, actor.administrators);
  if (!certificate || !known)
    throw new CountersignError('not_found', { userMessage: 'There is no such certificate here.' });
  return { ...actor, certificate };
}

/** Somebody who may have a certificate issued for this site; `unchanged` is about the site as well. */
export type Issuer = Actor & { site: Site };

/**
 * The policy of issuing: an operator or an API key for the site, an active site of the account, a validity within the account's limit, and for a
 * renewal a certificate that may be renewed.
 */
export async function requireIssuer(deps: JobDeps, actorId: string, issue: RequestOf<'issue'>): Promise<Issuer> {
  const { accountId, payload } = issue;
  const actor =
    keyNameOf(actorId) === undefined
      ? await requireActor(deps, accountId, actorId, 'issue')
      : await requireSiteActor(deps, { accountId, actorId }, 'issue', payload.siteId);
  const { account, unchanged } = actor;
  const site = await deps.store.site(issue.accountId, issue.payload.siteId);
  if (site?.state !== 'active') {
    throw new CountersignError('no_site', {
      userMessage: `The site ${site?.name ?? ''} is not active any more, so nothing was signed. Ask for a certificate of another site with \`/mtls issue\`.`,
    });
  }
  if (issue.payload.validityDays > account.maxValidityDays) {
    throw new CountersignError('invalid_input', {
      userMessage: `Certificates may be valid for ${account.maxValidityDays} days at most here.${actor.key ? '' : ' Ask again with `/mtls issue`.'}`,
    });
  }
  const renewable = await requireRenewable(deps, issue, site);
  return { ...actor, site, unchanged: [...unchanged, expect('sites', site), ...renewable] };
}
