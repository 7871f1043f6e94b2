import type { ModalView } from '@slack/types';
import type { Payload } from '../../../core/requests/contracts.ts';
import { section } from '../../../core/slack/blocks.ts';
import { bold, code, days, escapeText } from '../../../core/slack/text.ts';
import { buildNotice } from '../notice.ts';

const ASKED =
  'A second person is asked first. A direct message from me tells when they have decided; until then nothing is made.';

/** A form in which everything is right. */
export type CheckedIssue = {
  payload: Payload<'issue'>;
  siteName: string;
  notices: readonly string[];
  /** Whether somebody else is asked first, as far as can be said here. */
  beyond: boolean;
};

/** Says that the request is recorded and where the certificate will appear, with what was changed about a CSR. */
export function buildRecordedView({ payload, siteName, notices, beyond }: CheckedIssue): ModalView {
  const what = `${bold(payload.name)} for ${code(siteName)}, valid for ${days(payload.validityDays)}`;
  const when = beyond ? 'Then' : 'In a moment';
  const next =
    payload.method === 'csr'
      ? `${when} you get a direct message from me with the certificate.`
      : `${when} you get a direct message from me with the button *Show once*. The private key is made when you press it, and only you see it.`;
  const shown = notices.slice(0, 10).map((notice) => `• ${escapeText(notice)}`);
  return buildNotice('Recorded', [
    section(`Your request is recorded: ${what}.`),
    ...(beyond ? [section(ASKED)] : []),
    section(next),
    ...(shown.length === 0 ? [] : [section(`*About your CSR*\n${shown.join('\n')}`)]),
  ]);
}
