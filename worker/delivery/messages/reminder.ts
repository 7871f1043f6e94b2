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

/** Who is told of certificates: their owner, or a channel where that is somebody who is gone, or an API key. */
export type CertificatesFor = 'owner' | 'gone' | 'key';

/**
 * Certificates that end soon, in one message to their owner; or to a channel, where no person here owns them.
 * @param shown those that end first.
 * @param about `total` counts those that are not shown as well.
 */
export function certificateReminder(
  shown: readonly Reminded[],
  about: { ownerId: string; to: CertificatesFor; total: number; withinDays: number; now: Date },
): SlackMessage {
  const { ownerId, to, total, withinDays, now } = about;
  const own = to === 'owner';
  const first = shown[0]?.certificate;
  const ends = first ? `${moment(first.notAfter)} (${distance(first.notAfter, now)})` : '';
  const name = first ? `${bold(first.name)} for ${escapeText(first.siteName)}` : '';
  const sentence =
    total === 1
      ? `${own ? 'Your certificate' : 'The certificate'} ${name} ends ${ends}.`
      : `${total} ${own ? 'of your ' : ''}certificates end soon, the first of them ${ends}.`;
  const whose = own ? '' : ` ${total === 1 ? 'It belongs' : 'They belong'} to ${WHOSE[to](ownerId)}`;
  const blocks: KnownBlock[] = [
    section(`${sentence}${whose}`),
    ...shown.flatMap((one, i) => row(one, i, { alone: total === 1, to, now })),
    ...(total === 1 ? [] : [everything({ owner: ownerId, state: 'expiring', withinDays })]),
    ...(total > shown.length ? [context(`And ${total - shown.length} more.`)] : []),
  ];
  return { text: `${sentence}${whose}`, blocks };
}

const WHOSE: Readonly<Record<Exclude<CertificatesFor, 'owner'>, (ownerId: string) => string>> = {
  gone: (ownerId) =>
    `somebody who is no longer here: ${mention(ownerId)}. Renew what is still needed, which then is yours, and revoke the rest.`,
  key: (ownerId) =>
    `${mention(ownerId)}: a program that issues its own certificates. Look whether it renews them, or tell whoever runs it.`,
};

function row(
  { certificate, renewed }: Reminded,
  position: number,
  { alone, to, now }: { alone: boolean; to: CertificatesFor; now: Date },
): KnownBlock[] {
  const { name, siteName, notAfter } = certificate;
  const state = stateOf(certificate, now);
  const over = renewed ? 'renewed since' : state === 'ends_soon' || state === 'active' ? '' : WORDS[state];
  const line = `${bold(name)} for ${escapeText(siteName)}: ends ${moment(notAfter)}${over === '' ? '' : `, ${over}`}`;
  return [
    ...(alone && over === '' ? [] : [section(line)]),
    actions(
      `reminder_${position}`,
      buttons(certificate, { renewable: over === '' && to !== 'key', revocable: over === '' && to === 'gone' }),
    ),
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
