import { mayDo } from '../access/access.ts';
import { decideRenewal } from '../renewal/decide.ts';
import type { ListedCertificate } from '../store/questions/inventory.ts';
import type { Certificate, Role } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { hasEnded } from './state.ts';

/** What can be done with a certificate, as it is and by this person: there are no buttons for anything else. */
export type Possible = { renew: boolean; revoke: boolean; release: boolean };

type Viewer = { accountId: string; userId: string; roles: ReadonlySet<Role> };

/** A certificate that is listed has been issued; its octets do not matter here. */
const ISSUED = Buffer.alloc(0);

/**
 * Owners may do it with their own, whatever their role; with somebody else's it takes the role. A new certificate,
 * which a renewal is, takes the role for issuing in any case. Asked again at the click and by the worker.
 * @param successor what was made to replace it and is in use.
 */
export function possibleWith(
  certificate: ListedCertificate,
  successor: Certificate | undefined,
  viewer: Viewer,
  now: Date,
): Possible {
  const { ownerId, state } = certificate;
  const own = ownerId === viewer.userId;
  const living = (state === 'active' || state === 'held') && !hasEnded(certificate, now);
  const issued = { ...certificate, tbs: ISSUED, certificate: ISSUED };
  return {
    renew:
      mayDo(viewer.roles, 'issue') && decideRenewal(issued, successor, { accountId: viewer.accountId, now }).allowed,
    revoke: living && (own || mayDo(viewer.roles, 'revoke')),
    release: living && state === 'held' && (own || mayDo(viewer.roles, 'release')),
  };
}

/** The same for a page of them, with the question for what has replaced each. */
export async function possibleWithEach(
  store: Pick<Store, 'successorOf'>,
  certificates: readonly ListedCertificate[],
  viewer: Viewer,
  now: Date,
): Promise<Map<string, Possible>> {
  const possible = new Map<string, Possible>();
  for (const certificate of certificates) {
    const successor = await store.successorOf(certificate.id);
    possible.set(certificate.id, possibleWith(certificate, successor, viewer, now));
  }
  return possible;
}

/** Whether this person sees certificates of others, too. Their own they always see. */
export function maySeeAll(roles: ReadonlySet<Role>): boolean {
  return mayDo(roles, 'inventory');
}
