import type { Button, KnownBlock } from '@slack/types';
import type { CertificateFilter } from '../../../core/inventory/filter.ts';
import { stateOf } from '../../../core/inventory/state.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { distance } from '../../../core/slack/certificate.ts';
import { bold, escapeText, mention, moment } from '../../../core/slack/text.ts';
import type { Authority, Certificate } from '../../../core/store/rows.ts';

/** Certificates of a reminder that are shown with buttons; the list shows the others. */
export const REMINDED_SHOWN = 10;

type Reminded = { certificate: Certificate; renewed: boolean };

/**
 * Certificates that end soon, in one message to their owner; or to a channel, where the owner is no longer here.
 * @param shown those that end first.
 * @param about `total` counts those that are not shown as well.
 */
export function certificateReminder(
  shown: readonly Reminded[],
  about: { ownerId: string; gone: boolean; total: number; withinDays: number; now: Date },
): SlackMessage {
  const { ownerId, gone, total, withinDays, now } = about;
  const first = shown[0]?.certificate;
  const ends = first ? `${moment(first.notAfter)} (${distance(first.notAfter, now)})` : '';
  const name = first ? `${bold(first.name)} for ${escapeText(first.siteName)}` : '';
  const sentence =
    total === 1
      ? `${gone ? 'The certificate' : 'Your certificate'} ${name} ends ${ends}.`
      : `${total} ${gone ? '' : 'of your '}certificates end soon, the first of them ${ends}.`;
  const whose = gone
    ? ` ${total === 1 ? 'It belongs' : 'They belong'} to somebody who is no longer here: ${mention(ownerId)}. Renew what is still needed, which then is yours, and revoke the rest.`
    : '';
  const blocks: KnownBlock[] = [
    section(`${sentence}${whose}`),
    ...shown.flatMap((one, i) => row(one, i, { alone: total === 1, gone, now })),
    ...(total === 1 ? [] : [everything({ owner: ownerId, state: 'expiring', withinDays })]),
    ...(total > shown.length ? [context(`And ${total - shown.length} more.`)] : []),
  ];
  return { text: `${sentence}${whose}`, blocks };
}

function row(
  { certificate, renewed }: Reminded,
  position: number,
  { alone, gone, now }: { alone: boolean; gone: boolean; now: Date },
): KnownBlock[] {
  const { name, siteName, notAfter } = certificate;
  const state = stateOf(certificate, now);
  const over = renewed ? 'renewed since' : state === 'ends_soon' || state === 'active' ? '' : WORDS[state];
  const line = `${bold(name)} for ${escapeText(siteName)}: ends ${moment(notAfter)}${over === '' ? '' : `, ${over}`}`;
  return [
    ...(alone && over === '' ? [] : [section(line)]),
    actions(`reminder_${position}`, buttons(certificate, { renewable: over === '', revocable: gone && over === '' })),
  ];
}

const WORDS = { held: 'suspended since', revoked: 'revoked since', expired: 'ended since' } as const;

function buttons(certificate: Certificate, may: { renewable: boolean; revocable: boolean }): Button[] {
  const { id: value, name } = certificate;
  const renew = { label: 'Renew…', action: ACTIONS.openRenew, spoken: `Renew ${name}`, style: 'primary' as const };
  const revoke = { label: 'Revoke…', action: ACTIONS.openRevoke, spoken: `Revoke ${name}`, style: 'danger' as const };
  return [
    ...(may.renewable ? [button({ ...renew, value })] : []),
    ...(may.revocable ? [button({ ...revoke, value })] : []),
    button({ label: 'Details', action: ACTIONS.openCertificate, value, spoken: `Details of ${name}` }),
  ];
}

function everything(filter: CertificateFilter): KnownBlock {
  return actions('reminder_all', [
    button({ label: 'All that end soon', action: ACTIONS.openList, value: JSON.stringify(filter) }),
  ]);
}

/**
 * Generations of an account's authority that end, which concerns everybody who uses its certificates.
 * @param newest of all generations: only after its end there would be none.
 */
export function authorityReminder(
  ending: readonly Authority[],
  newest: Authority | undefined,
  now: Date,
): SlackMessage {
  const lines = ending.map((authority) => endingText(authority, authority.id === newest?.id, now));
  return { text: lines.join(' '), blocks: lines.map(section) };
}

function endingText({ generation, notAfter }: Authority, isNewest: boolean, now: Date): string {
  const ends = `Generation ${generation} of the authority ends ${moment(notAfter)} (${distance(notAfter, now)})`;
  return isNewest
    ? `${ends}, and every certificate it signs ends then at the latest. An administrator makes the next one with \`/mtls ca rotate\`, in time for every server to trust it.`
    : `${ends}. A newer one takes over from it: renew what it has signed. \`/mtls ca\` shows both.`;
}
