import type { ModalView } from '@slack/types';
import { section } from '../../core/slack/blocks.ts';
import { bold, code, days, escapeText } from '../../core/slack/text.ts';
import type { CheckedIssue } from './issue-submit.ts';
import { buildNotice } from './notice.ts';

/** Says that the request is recorded and where the certificate will appear, with what was changed about a CSR. */
export function buildRecordedView({ payload, siteName, notices }: CheckedIssue): ModalView {
  const what = `${bold(payload.name)} for ${code(siteName)}, valid for ${days(payload.validityDays)}`;
  const next =
    payload.method === 'csr'
      ? 'In a moment you get a direct message from me with the certificate.'
      : 'In a moment you get a direct message from me with the button *Show once*. The private key is made when you press it, and only you see it.';
  const shown = notices.slice(0, 10).map((notice) => `• ${escapeText(notice)}`);
  return buildNotice('Recorded', [
    section(`Your request is recorded: ${what}.`),
    section(next),
    ...(shown.length === 0 ? [] : [section(`*About your CSR*\n${shown.join('\n')}`)]),
  ]);
}
