import { mayDo } from '../access/access.ts';
import type { Certificate, Role } from '../store/rows.ts';
import { hasEnded } from './state.ts';

/** What can be done with a certificate, as it is and by this person: there are no buttons for anything else. */
export type Possible = { renew: boolean; revoke: boolean; release: boolean };

/**
 * Owners may do it with their own, whatever their role; with somebody else's it takes the role. A new certificate,
 * which a renewal is, takes the role for issuing in any case. Asked again at the click and by the worker.
 */
export function possibleWith(
  certificate: Pick<Certificate, 'ownerId' | 'state' | 'notAfter'>,
  viewer: { userId: string; roles: ReadonlySet<Role> },
  now: Date,
): Possible {
  const own = certificate.ownerId === viewer.userId;
  const { state } = certificate;
  const living = (state === 'active' || state === 'held') && !hasEnded(certificate, now);
  return {
    renew: state === 'active' && mayDo(viewer.roles, 'issue'),
    revoke: living && (own || mayDo(viewer.roles, 'revoke')),
    release: living && state === 'held' && (own || mayDo(viewer.roles, 'release')),
  };
}

/** Whether this person sees certificates of others, too. Their own they always see. */
export function maySeeAll(roles: ReadonlySet<Role>): boolean {
  return mayDo(roles, 'inventory');
}
