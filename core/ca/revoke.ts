import { randomUUID } from 'node:crypto';
import { isPerson } from '../access/actor.ts';
import * as events from '../audit/events.ts';
import { planHome } from '../inventory/home-plan.ts';
import { insert, type Plan, update, type Write, wakeMessage } from '../store/plan.ts';
import type { Certificate, Request, StatusChange } from '../store/rows.ts';
import type { RevocationReason } from './reasons.ts';

/** Who changes a certificate's status, when, and the request whose message tells when it is in effect. */
type Change = { actorId: string; at: Date; requestId: string | null; amongMany?: boolean };

/**
 * Revokes one certificate for good: one row, one status change and one event, however many are revoked already.
 * One that was suspended counts as revoked since then: the time never moves later (RFC 5280 5.3.1).
 */
export function planRevocation(
  certificate: Certificate,
  revocation: Change & { reason: RevocationReason; why: string; invalidityAt?: Date | null },
): Plan {
  const { actorId, at, reason, why, amongMany } = revocation;
  const who = { accountId: certificate.accountId, actorId, at };
  const event = amongMany ? events.certificateRevokedAmongMany : events.certificateRevoked;
  return [
    update('certificates', certificate, {
      state: 'revoked',
      revokedAt: certificate.heldAt ?? at,
      revocationReason: reason,
      invalidityAt: revocation.invalidityAt ?? null,
    }),
    statusChange(certificate, 'revoked', revocation),
    ...planOwnerTold(certificate, revocation),
    ...event(who, certificate, reason, why),
  ];
}

/** Suspends a certificate (`certificateHold`), which can be undone. */
export function planHold(
  certificate: Certificate,
  hold: Change & { because: string; origin?: NonNullable<Certificate['holdOrigin']> },
): Plan {
  const who = { accountId: certificate.accountId, actorId: hold.actorId, at: hold.at };
  const event = hold.amongMany ? events.certificateSuspendedAmongMany : events.certificateSuspended;
  return [
    update('certificates', certificate, {
      state: 'held',
      heldAt: hold.at,
      holdOrigin: hold.origin ?? 'person',
      revocationReason: 'certificateHold',
    }),
    statusChange(certificate, 'held', hold),
    ...planOwnerTold(certificate, hold),
    ...event(who, certificate, hold.because),
  ];
}

/**
 * A person suspends what an API key has suspended: verifiers learn nothing new, and from now on people alone can take
 * it back.
 */
export function planTakeOver(certificate: Certificate, hold: Change & { because: string }): Plan {
  const who = { accountId: certificate.accountId, actorId: hold.actorId, at: hold.at };
  const event = hold.amongMany ? events.certificateSuspendedAmongMany : events.certificateSuspended;
  return [
    update('certificates', certificate, { holdOrigin: 'person' }),
    ...planOwnerTold(certificate, hold),
    ...event(who, certificate, hold.because),
  ];
}

/** Makes a suspended certificate valid again. */
export function planRelease(certificate: Certificate, release: Change & { because: string }): Plan {
  const who = { accountId: certificate.accountId, actorId: release.actorId, at: release.at };
  return [
    update('certificates', certificate, { state: 'active', heldAt: null, holdOrigin: null, revocationReason: null }),
    statusChange(certificate, 'active', release),
    ...planOwnerTold(certificate, release),
    ...events.certificateReleased(who, certificate, release.because),
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
      if (certificate.state !== 'active' && certificate.state !== 'held') return [];
      const why = 'its private key was lost or may not have been displayed';
      return planRevocation(certificate, {
        actorId: madeBy.actorId,
        at,
        requestId: null,
        reason: 'superseded',
        why,
      });
    });
}

function statusChange(certificate: Certificate, state: StatusChange['state'], { at, requestId }: Change): Write {
  const { id: certificateId, accountId, authorityId, shard } = certificate;
  return insert('statusChanges', {
    id: randomUUID(),
    accountId,
    authorityId,
    shard,
    certificateId,
    requestId,
    state,
    at,
  });
}

/** The owner's Home changes, and they are told what others do: once for each certificate or list. */
function planOwnerTold({ id, accountId, ownerId }: Certificate, { at, requestId, amongMany }: Change): Plan {
  const home = planHome(accountId, [ownerId], at);
  if (requestId === null || !isPerson(ownerId)) return home;
  const subjectId = amongMany ? `${requestId}:${ownerId}` : id;
  return [...home, wakeMessage({ id: randomUUID(), accountId, subjectId, place: 'owner', now: at })];
}
