import { foldName } from '../store/fold.ts';
import type { Restriction } from '../store/questions/inventory.ts';
import type { CertificateFilter } from './filter.ts';
import { SOON_DAYS } from './state.ts';

const DAY_MS = 86_400_000;

/** What a filter demands of a certificate, now. */
export function restrictionOf(filter: CertificateFilter, now: Date): Restriction {
  const { owner, siteId, serial, fingerprint, name, issuedBefore, ids } = filter;
  return {
    ownerId: owner,
    siteId,
    serial,
    fingerprint,
    ids,
    name: name === undefined ? undefined : foldName(name),
    createdBefore: issuedBefore === undefined ? undefined : new Date(issuedBefore),
    ...restrictState(filter, now),
  };
}

/** As core/inventory/state.ts sees it: one that is suspended stays so when it ends. */
function restrictState(filter: CertificateFilter, now: Date): Pick<Restriction, 'states' | 'endsFrom' | 'endsBefore'> {
  switch (filter.state) {
    case undefined:
      return { states: ['active', 'held', 'revoked'] };
    case 'active':
      return { states: ['active'], endsFrom: now };
    case 'expiring':
      return { states: ['active'], endsFrom: now, endsBefore: endOfSoon(filter, now) };
    case 'expired':
      return { states: ['active'], endsBefore: now };
    default:
      return { states: [filter.state] };
  }
}

export function endOfSoon({ withinDays = SOON_DAYS }: CertificateFilter, now: Date): Date {
  return new Date(now.getTime() + withinDays * DAY_MS);
}

/** Whether the certificates are listed by their end rather than from the newest on. */
export function sortsByEnd({ state }: CertificateFilter): boolean {
  return state === 'expiring' || state === 'expired';
}
