import type { CustomCa } from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { Request, Site, UploadedAuthority } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { type Actor, requireSiteActor } from './policy.ts';

/**
 * A custom CA whose revocations this person may change, asked where it is done.
 * @throws CountersignError `not_authorized`, `no_site`; `not_found` for one of another account and one that was deleted,
 *   which read alike.
 */
export async function requireRevoking(
  deps: JobDeps,
  request: Pick<Request, 'accountId' | 'actorId'>,
  authorityId: string,
): Promise<Actor & { site: Site; authority: UploadedAuthority; ca: CustomCa }> {
  const authority = await deps.store.uploadedAuthority(authorityId);
  if (authority?.accountId !== request.accountId || authority.deletedAt !== null) {
    throw new CountersignError('not_found', { userMessage: 'There is no such custom CA here any more.' });
  }
  const actor = await requireSiteActor(deps, request, 'ca_revoke', authority.siteId);
  return { ...actor, authority, ca: { id: authority.id, name: authority.name, site: actor.site.name } };
}
