import type { KnownBlock } from '@slack/types';
import { describeCertificate } from '../../../core/ca/certificate.ts';
import { keyTypeName } from '../../../core/ca/profile.ts';
import { formatSerial } from '../../../core/ca/serial.ts';
import { fileName } from '../../../core/file-name.ts';
import type { RequestOf } from '../../../core/requests/contracts.ts';
import type { Outcome } from '../../../core/requests/end.ts';
import { NOT_RECEIVED_MS, NOT_RECEIVED_TIMES, type Showing, timesReplaced } from '../../../core/requests/showing.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, fields, preformatted, section } from '../../../core/slack/blocks.ts';
import { bold, code, days, escapeText, moment } from '../../../core/slack/text.ts';
import type { Certificate, Request } from '../../../core/store/rows.ts';
import type { Drawn } from '../drawn.ts';

/**
 * The lasting direct message of an `issue` request. It is drawn from the request's state alone, so that it can be
 * drawn again at any time; it never holds a private key.
 */
export function issueMessage(
  issue: RequestOf<'issue'>,
  site: string,
  { shows, certificates }: Omit<Showing, 'issue'>,
  now: Date,
): Drawn {
  const { name } = issue.payload;
  const title = `${bold(name)} for ${bold(site)}`;
  const plainTitle = `${escapeText(name)} for ${site}`;

  if (issue.state === 'waiting') return waiting(issue, title, plainTitle, shows.at(-1));
  const current = certificates.find((certificate) => certificate.state === 'active');
  if (issue.state === 'done' && current) return issued(issue, title, plainTitle, current, shows, now);
  if (issue.state === 'done') {
    const outcome = issue.outcome as Outcome | null;
    // A link that nobody opened is told in its own words.
    const sentence = outcome?.code === 'link_not_opened' ? outcome.message : 'This certificate has been revoked.';
    return fixed(`${plainTitle}: ${sentence}`, [section(`${title}: ${sentence}`)]);
  }
  const sentence = (issue.outcome as Outcome | null)?.message ?? 'Your request is being worked on.';
  return fixed(`${plainTitle}: ${sentence}`, [section(`${title}: ${sentence}`)]);
}

function waiting(issue: RequestOf<'issue'>, title: string, plainTitle: string, lastShow: Request | undefined): Drawn {
  const keyType = issue.payload.method === 'system' ? keyTypeName(issue.payload.keyType) : '';
  const problem = lastShow && lastShow.state !== 'recorded' ? (lastShow.outcome as Outcome | null)?.message : undefined;
  const blocks: KnownBlock[] = [
    section(`${title}: your certificate is ready. Press *Show once* when you are ready to save the key.`),
    ...(problem === undefined ? [] : [section(`*The last attempt:* ${problem}`)]),
    fields([
      ['Key', escapeText(keyType)],
      ['Valid for', `${days(issue.payload.validityDays)} from the moment it is shown`],
    ]),
    actions('show', [
      button({
        label: 'Show once',
        action: ACTIONS.showOnce,
        value: issue.id,
        style: 'primary',
        spoken: `Show the certificate and key of ${issue.payload.name} once`,
      }),
    ]),
    context(
      `The private key is made when you press, shown to you once, and kept nowhere. Waiting until ${moment(issue.deadlineAt)}.`,
    ),
  ];
  return fixed(`${plainTitle}: your certificate is ready. Press Show once to see it and its private key.`, blocks);
}

function issued(
  issue: RequestOf<'issue'>,
  title: string,
  plainTitle: string,
  certificate: Certificate,
  shows: readonly Request[],
  now: Date,
): Drawn {
  const ownCsr = issue.payload.method === 'csr';
  const reportUntil = reportableUntil(certificate, shows, now);
  const happened = ownCsr
    ? 'your certificate is issued. The private key never left your machine.'
    : 'your certificate is issued, and its private key was shown to you.';
  const blocks: KnownBlock[] = [
    section(`${title}: ${happened}`),
    fields([
      ['Key', escapeText(certificate.keyAlgorithm)],
      ['Valid from', moment(certificate.notBefore)],
      ['Valid until', moment(certificate.notAfter)],
    ]),
    section(`*Serial*\n${code(formatSerial(certificate.serial))}`),
    section(`*SHA-256 fingerprint*\n${code(certificate.fingerprint ?? '')}`),
  ];
  if (ownCsr && certificate.certificate) {
    const { pem } = describeCertificate(certificate.certificate);
    blocks.push(context(`Certificate: save it as ${code(`${fileName(certificate.name)}.crt`)}`), preformatted(pem));
  }
  blocks.push(context('Use it with curl:'), preformatted(curlCommand(certificate)));
  if (reportUntil) {
    blocks.push(
      actions('not_received', [
        button({
          label: 'I did not get the key',
          action: ACTIONS.notReceived,
          value: `${issue.id}:${certificate.id}`,
          spoken: `I did not get the key of ${certificate.name}; revoke it and show a new one`,
        }),
      ]),
      context(
        `*I did not get the key* revokes this certificate and shows a new one. It works until ${moment(reportUntil)}.`,
      ),
    );
  }
  const text = `${plainTitle}: ${happened} Serial ${formatSerial(certificate.serial)}.`;
  return { message: { text, blocks }, refreshAt: reportUntil };
}

/** Until when the button works; null when it does not, so that no dead button is drawn. */
function reportableUntil(certificate: Certificate, shows: readonly Request[], now: Date): Date | null {
  if (certificate.shownAt === null || timesReplaced(shows) >= NOT_RECEIVED_TIMES) return null;
  const until = new Date(certificate.shownAt.getTime() + NOT_RECEIVED_MS);
  return until > now ? until : null;
}

function curlCommand(certificate: Certificate): string {
  const file = fileName(certificate.name);
  return `curl --cert ${file}.crt --key ${file}.key https://${certificate.siteName}/`;
}

function fixed(text: string, blocks: KnownBlock[]): Drawn {
  return { message: { text, blocks }, refreshAt: null };
}
