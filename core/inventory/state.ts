import { reasonText } from '../ca/reasons.ts';
import { moment } from '../slack/text.ts';
import type { Certificate } from '../store/rows.ts';

/** A certificate that ends within this is said to end soon, and is what `expiring` means without a number. */
export const SOON_DAYS = 30;
const DAY_MS = 86_400_000;

/** What a certificate is to people; in a list of them, exactly one of these. */
export type ShownState = 'active' | 'ends_soon' | 'held' | 'revoked' | 'expired';

type Dated = Pick<Certificate, 'state' | 'notAfter' | 'heldAt' | 'revokedAt' | 'revocationReason'>;

/**
 * One that is suspended stays suspended when its end passes: nobody has decided on it. Its words say both.
 * What was never issued (`intended`, `abandoned`) is not shown to anybody and has no state here.
 */
export function stateOf(certificate: Pick<Dated, 'state' | 'notAfter'>, now: Date): ShownState {
  if (certificate.state === 'revoked') return 'revoked';
  if (certificate.state === 'held') return 'held';
  if (hasEnded(certificate, now)) return 'expired';
  return certificate.notAfter.getTime() - now.getTime() <= SOON_DAYS * DAY_MS ? 'ends_soon' : 'active';
}

/** Its last moment is the last in which it is valid (RFC 5280 4.1.2.5). */
export function hasEnded(certificate: Pick<Dated, 'notAfter'>, now: Date): boolean {
  return certificate.notAfter < now;
}

/** The state as a person reads it in a row of a list (mrkdwn, without a full stop). */
export function stateText(certificate: Dated, now: Date): string {
  switch (stateOf(certificate, now)) {
    case 'active':
      return `Active until ${moment(certificate.notAfter)}`;
    case 'ends_soon':
      return `*Ends soon*: ${moment(certificate.notAfter)}`;
    case 'held': {
      const since = certificate.heldAt === null ? '' : ` since ${moment(certificate.heldAt)}`;
      return `*Suspended*${since}${hasEnded(certificate, now) ? `, ended ${moment(certificate.notAfter)}` : ''}`;
    }
    case 'revoked': {
      const when = certificate.revokedAt === null ? '' : ` ${moment(certificate.revokedAt)}`;
      return `*Revoked*${when} (${reasonText(certificate.revocationReason)})`;
    }
    case 'expired':
      return `Expired ${moment(certificate.notAfter)}`;
  }
}
