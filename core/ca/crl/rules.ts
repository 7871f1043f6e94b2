/** What a CRL says besides its entries, and which entries it has. */
import { CountersignError } from '../../errors.ts';
import type { RevokedCertificate } from '../../store/questions/revocation.ts';
import { REASON_CODES, type ReasonName } from '../reasons.ts';
import { type CrlEntry, type PreviousCrl, RESIGN_AFTER_MS, WINDOW_MS } from './crl.ts';

/**
 * The CRL number: strictly higher than the last one (RFC 5280 5.2.3), and the unix time in milliseconds where that is
 * more, so that a database restored from a backup continues above whatever was published since.
 */
export function decideCrlNumber(previous: PreviousCrl | undefined, now: Date): number {
  return Math.max((previous?.number ?? 0) + 1, now.getTime());
}

export type Updates = { thisUpdate: Date; nextUpdate: Date; resignAt: Date };

/**
 * thisUpdate is now, but never before the last one or before a date that is listed, in whole seconds as it is written.
 * `resignAt` goes by our clock, for it is our clock that will find it due.
 * @param latestMs the latest revocation date that is listed.
 */
export function decideUpdates(now: Date, previous: PreviousCrl | undefined, latestMs: number): Updates {
  const at = Math.max(now.getTime(), previous?.thisUpdate.getTime() ?? 0, latestMs);
  const thisUpdate = Math.floor(at / 1000) * 1000;
  return {
    thisUpdate: new Date(thisUpdate),
    nextUpdate: new Date(thisUpdate + WINDOW_MS),
    resignAt: new Date(now.getTime() + RESIGN_AFTER_MS),
  };
}

/**
 * Whether an entry is still on the next CRL: until it was on one that was issued beyond the certificate's end
 * (RFC 5280 3.3), which is known when the previous CRL of the same scope began after that end.
 */
export function isListed(notAfterMs: number, previous: PreviousCrl | undefined): boolean {
  return previous === undefined || notAfterMs >= previous.thisUpdate.getTime();
}

/** The entry of a certificate that is revoked or suspended. Throws CountersignError `internal` for a row that is neither. */
export function entryOf(row: RevokedCertificate): CrlEntry {
  const held = row.state === 'held';
  const revokedAtMs = held ? row.heldAtMs : row.revokedAtMs;
  const reason = held ? 'certificateHold' : (row.revocationReason ?? 'unspecified');
  if (revokedAtMs === null || !isReason(reason) || (!held && reason === 'certificateHold')) {
    throw new CountersignError('internal', { details: { reason: 'status_not_listable', serial: row.serial } });
  }
  return { serial: row.serial, revokedAtMs, reason, invalidityAtMs: row.invalidityAtMs };
}

function isReason(name: string): name is ReasonName {
  return Object.hasOwn(REASON_CODES, name);
}
