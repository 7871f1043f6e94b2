import { isStale, refreshText } from '../../../core/ca/read-crl/schedule.ts';
import { code, escapeText, moment, quantity, truncate } from '../../../core/slack/text.ts';
import type { UploadedCrl } from '../../../core/store/rows.ts';

/** What is known of revocations of a custom CA, as mrkdwn. */
export function revocationText({ crl, blocks }: { crl: UploadedCrl | undefined; blocks: number }, now: Date): string {
  const blocked = blocks === 0 ? 'No certificate is blocked.' : `Blocked: ${quantity(blocks, 'certificate')}.`;
  return `${crlText(crl, now)}\n${blocked}`;
}

/** What the CRL says, until when, and what was wrong with the last one. */
export function crlText(crl: UploadedCrl | undefined, now: Date): string {
  if (!crl?.nextUpdate || !crl.takenAt) return 'There is no CRL, so what this CA revokes is not known here.';
  const number = crl.number === null ? '' : `, number ${code(truncate(crl.number, 20))}`;
  const lines = [
    `The CRL revokes ${quantity(crl.entries, 'certificate')}${number}. Taken ${moment(crl.takenAt)}.`,
    isStale(crl, now)
      ? `*Out of date* since ${moment(crl.nextUpdate)}. What it revokes stays refused; what was revoked since then is not known.`
      : `Good until ${moment(crl.nextUpdate)}.`,
    crl.url === null
      ? 'It was given here. Nothing is fetched.'
      : `Fetched every ${refreshText(crl)} or so from ${code(truncate(crl.url, 500))}`,
  ];
  if (crl.problem !== null) lines.push(`*Last problem:* ${escapeText(truncate(crl.problem, 500))}`);
  return lines.join('\n');
}
