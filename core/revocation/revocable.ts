import { reasonText } from '../../core/ca/reasons.ts';
import { moment } from '../../core/slack/text.ts';
import type { Certificate } from '../../core/store/rows.ts';

/** Why nothing can be taken from this certificate any more, as a sentence; undefined for one that is active or held. */
export function whyNotInUse(certificate: Certificate, now: Date): string | undefined {
  if (certificate.state === 'revoked') {
    const since = certificate.revokedAt === null ? '' : ` since ${moment(certificate.revokedAt)}`;
    return `This certificate is revoked already${since}: ${reasonText(certificate.revocationReason)}.`;
  }
  if (certificate.state !== 'active' && certificate.state !== 'held') return 'This certificate was never handed out.';
  return certificate.notAfter < now ? `This certificate ended ${moment(certificate.notAfter)} by itself.` : undefined;
}
