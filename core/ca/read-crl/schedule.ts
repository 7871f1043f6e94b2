/** When the CRL of an uploaded authority is fetched or looked at again. */
import { quantity } from '../../slack/text.ts';
import type { UploadedCrl } from '../../store/rows.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SHORTEST_MS = 5 * MINUTE_MS;
const LONGEST_MS = 6 * HOUR_MS;
/** After failures it is tried after 1, 2, 4 ... minutes. */
const LONGEST_RETRY_MS = HOUR_MS;

type Window = Pick<UploadedCrl, 'thisUpdate' | 'nextUpdate'>;

/** A quarter of the list's window, from five minutes to six hours. */
function refreshEveryMs({ thisUpdate, nextUpdate }: Window): number {
  const quarter = ((nextUpdate?.getTime() ?? 0) - (thisUpdate?.getTime() ?? 0)) / 4;
  return Math.min(Math.max(quarter, SHORTEST_MS), LONGEST_MS);
}

/** The same for people: `15 minutes`, `6 hours`. */
export function refreshText(crl: Window): string {
  const ms = refreshEveryMs(crl);
  return ms < HOUR_MS ? quantity(Math.round(ms / MINUTE_MS), 'minute') : quantity(Math.round(ms / HOUR_MS), 'hour');
}

/**
 * Null when nothing is to be done any more. Whatever else, a list is looked at when it ends: that is when it alarms.
 * @param attempts that have failed since the last good fetch.
 */
export function nextLookAt(crl: Window & Pick<UploadedCrl, 'url'>, attempts: number, now: Date): Date | null {
  const ends = crl.nextUpdate !== null && crl.nextUpdate > now ? crl.nextUpdate : null;
  if (crl.url === null) return ends;
  const waitMs = attempts === 0 ? refreshEveryMs(crl) : Math.min(MINUTE_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS);
  const at = new Date(now.getTime() + waitMs);
  return ends !== null && ends < at ? ends : at;
}

/** Past its time. Its entries stay in force all the same: letting everybody in would be worse. */
export function isStale({ nextUpdate }: Pick<UploadedCrl, 'nextUpdate'>, now: Date): boolean {
  return nextUpdate !== null && nextUpdate <= now;
}
