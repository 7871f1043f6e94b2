import { hasEnded, type ShownState, stateOf, stateText } from '../inventory/state.ts';
import type { Certificate } from '../store/rows.ts';
import { bold, escapeText, mention } from './text.ts';

/** How certificates are written wherever they stand in a row: the list, the Home. */

/** Told apart by their form, whoever sees which colours; the words beside them say the same. */
const SHAPES: Readonly<Record<ShownState, string>> = {
  active: '●',
  ends_soon: '◐',
  held: '‖',
  revoked: '✕',
  expired: '○',
};

type Row = Pick<
  Certificate,
  'name' | 'siteName' | 'ownerId' | 'state' | 'notAfter' | 'heldAt' | 'revokedAt' | 'revocationReason'
>;

/** Which certificate: name, site, and whose it is where it is somebody else's. One line of mrkdwn. */
export function certificateTitle(certificate: Row, viewerId: string): string {
  const owner = certificate.ownerId === viewerId ? '' : ` · ${mention(certificate.ownerId)}`;
  return `${bold(certificate.name)} for ${escapeText(certificate.siteName)}${owner}`;
}

/** Its state with its form, and how far away its end is. One line of mrkdwn. */
export function certificateStateLine(certificate: Row, now: Date): string {
  const state = stateOf(certificate, now);
  const away = distance(certificate.notAfter, now);
  const ends =
    state === 'active' || state === 'ends_soon'
      ? ` (${away})`
      : state === 'held' && !hasEnded(certificate, now)
        ? `, ends ${away}`
        : '';
  return `${SHAPES[state]} ${stateText(certificate, now)}${ends}`;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** `in 12 days`, `in 3 hours`, `2 days ago`: whole units, rounded down. */
export function distance(at: Date, now: Date): string {
  const ms = at.getTime() - now.getTime();
  const size = Math.abs(ms);
  const amount =
    size >= DAY_MS
      ? count(Math.floor(size / DAY_MS), 'day')
      : size >= HOUR_MS
        ? count(Math.floor(size / HOUR_MS), 'hour')
        : count(Math.max(1, Math.floor(size / 60_000)), 'minute');
  return ms >= 0 ? `in ${amount}` : `${amount} ago`;
}

const count = (n: number, unit: string) => `${n} ${unit}${n === 1 ? '' : 's'}`;
