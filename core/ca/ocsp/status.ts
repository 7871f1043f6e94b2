import type { Certificate } from '../../store/rows.ts';
import { REASON_CODES, type ReasonName } from '../reasons.ts';

/** What a certificate's row says about it; nothing else is needed to answer. */
export type StatusRow = Pick<Certificate, 'state' | 'heldAt' | 'revokedAt' | 'revocationReason' | 'version'>;

export type CertStatus =
  | { status: 'good' }
  | { status: 'unknown' }
  /** `reason` is a CRLReason; undefined is "unspecified", which is expressed by leaving it out (RFC 5280 5.3.1). */
  | { status: 'revoked'; revokedAt: Date; reason: number | undefined };

/**
 * The status of a certificate, with the same time and reason as in the CRL. A serial without a row was never issued,
 * and one that is only intended, or was abandoned, never reached anybody: unknown, never good (RFC 6960 2.2).
 */
export function statusOf(row: StatusRow | undefined): CertStatus {
  switch (row?.state) {
    case 'active':
      return { status: 'good' };
    case 'held':
      return revoked(row.heldAt, 'certificateHold');
    case 'revoked':
      return revoked(row.revokedAt, row.revocationReason);
    default:
      return { status: 'unknown' };
  }
}

/** A time that is missing, which no plan writes, must never read as good. */
function revoked(at: Date | null, reason: string | null): CertStatus {
  const known = Object.hasOwn(REASON_CODES, reason ?? '') ? REASON_CODES[reason as ReasonName] : undefined;
  return { status: 'revoked', revokedAt: at ?? new Date(0), reason: known };
}
