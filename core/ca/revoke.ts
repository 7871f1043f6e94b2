import * as events from '../audit/events.ts';
import { type Plan, update } from '../store/plan.ts';
import type { Certificate, Request } from '../store/rows.ts';

/** The reasons of RFC 5280 5.3.1 that this product uses. */
export type RevocationReason = 'superseded';

/** Revokes one certificate: one row and one event, however many are revoked already. */
export function planRevocation(
  certificate: Certificate,
  revocation: { actorId: string; at: Date; reason: RevocationReason; why: string },
): Plan {
  const { actorId, at, reason, why } = revocation;
  return [
    update('certificates', certificate, { state: 'revoked', revokedAt: at, revocationReason: reason }),
    ...events.certificateRevoked({ accountId: certificate.accountId, actorId, at }, certificate, reason, why),
  ];
}

/**
 * Makes sure that nothing a request made without showing it stays usable: what was only intended is abandoned (its
 * signature, if there ever was one, has never left the worker), what was signed is revoked.
 */
export function planWithoutCertificate(certificates: readonly Certificate[], madeBy: Request, at: Date): Plan {
  return certificates
    .filter((certificate) => certificate.madeBy === madeBy.id && certificate.shownAt === null)
    .flatMap((certificate) => {
      if (certificate.state === 'intended') return [update('certificates', certificate, { state: 'abandoned' })];
      if (certificate.state !== 'active') return [];
      const why = 'its private key was lost or may not have been displayed';
      return planRevocation(certificate, { actorId: madeBy.actorId, at, reason: 'superseded', why });
    });
}
