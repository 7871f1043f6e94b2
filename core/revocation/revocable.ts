import { reasonText } from '../ca/reasons.ts';
import { CountersignError } from '../errors.ts';
import { moment } from '../slack/text.ts';
import type { Certificate } from '../store/rows.ts';

/** Why nothing can be taken from this certificate any more, as a sentence; undefined for one that is active or held. */
export function whyNotInUse(certificate: Certificate, now: Date): string | undefined {
  if (certificate.state === 'revoked') {
    const since = certificate.revokedAt === null ? '' : ` since ${moment(certificate.revokedAt)}`;
    return `This certificate is revoked already${since}: ${reasonText(certificate.revocationReason)}.`;
  }
  if (certificate.state !== 'active' && certificate.state !== 'held') return 'This certificate was never handed out.';
  return certificate.notAfter < now ? `This certificate ended ${moment(certificate.notAfter)} by itself.` : undefined;
}

/** @throws CountersignError `already_exists`, saying since when it is revoked, or that it has ended. */
export function refuseUnlessRevocable(certificate: Certificate, now: Date): void {
  const problem = whyNotInUse(certificate, now);
  if (problem !== undefined) throw new CountersignError('already_exists', { userMessage: problem });
}

/** @throws CountersignError `already_exists` when there is nothing to release. */
export function refuseUnlessHeld(certificate: Certificate): void {
  if (certificate.state === 'held') return;
  throw new CountersignError('already_exists', {
    userMessage: 'This certificate is not suspended, so there is nothing to release.',
  });
}
