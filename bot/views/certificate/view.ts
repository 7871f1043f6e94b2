import type { Button, KnownBlock, ModalView } from '@slack/types';
import { reasonText } from '../../../core/ca/reasons.ts';
import { formatSerial } from '../../../core/ca/serial.ts';
import type { Possible } from '../../../core/inventory/may.ts';
import { stateOf } from '../../../core/inventory/state.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, fields, header, plain, preformatted, section } from '../../../core/slack/blocks.ts';
import { certificateStateLine } from '../../../core/slack/certificate.ts';
import { bold, code, escapeText, mention, moment } from '../../../core/slack/text.ts';
import type { ListedCertificate } from '../../../core/store/questions/inventory.ts';
import { type History, historyBlocks } from './history.ts';

export const CERTIFICATE_VIEW = 'certificate';

/** Another certificate that this one replaces or is replaced by. */
export type Related = Pick<ListedCertificate, 'id' | 'name' | 'serial' | 'notAfter'>;

export type CertificateModel = {
  certificate: ListedCertificate;
  /** RFC 4514. */
  subject: string;
  pem: string;
  possible: Possible;
  /** Who suspended or revoked it, where that is on record. */
  changedBy: string | undefined;
  /** How far the world knows of its state: a sentence of mrkdwn; empty where there is nothing to say. */
  effect: string;
  /** What edges say about its use: a sentence of mrkdwn. */
  evidence: string;
  renews: Related | undefined;
  renewedBy: Related | undefined;
  history: History;
  /** The view's metadata. */
  metadata: string;
  now: Date;
};

/** A text object holds 3,000 characters; what is longer is downloaded. */
const PEM_CHARACTERS = 2_900;

/** Everything about one certificate. */
export function buildCertificateView(model: CertificateModel): ModalView {
  const { certificate, pem } = model;
  return {
    type: 'modal',
    callback_id: CERTIFICATE_VIEW,
    title: plain('Certificate', 24),
    close: plain('Close', 24),
    private_metadata: model.metadata,
    blocks: [
      header(certificate.name),
      section(certificateStateLine(certificate, model.now)),
      ...stateBlocks(model),
      actions('certificate', buttons(model)),
      fields([
        ['Site', escapeText(certificate.siteName)],
        ['Owner', mention(certificate.ownerId)],
        ['Valid from', moment(certificate.notBefore)],
        ['Valid until', moment(certificate.notAfter)],
        ['Key', escapeText(certificate.keyAlgorithm)],
        ['Subject', code(model.subject)],
      ]),
      section(`*Serial*\n${code(formatSerial(certificate.serial))}`),
      section(`*SHA-256 fingerprint*\n${code(certificate.fingerprint ?? '')}`),
      section(`*In use?*\n${model.evidence}`),
      ...related('Renewed by', model.renewedBy),
      ...related('Renews', model.renews),
      { type: 'divider' },
      ...historyBlocks(model.history),
      { type: 'divider' },
      ...(pem.length > PEM_CHARACTERS
        ? [context('The certificate is too long to be shown here: *Download* sends it to you as a file.')]
        : [context('The certificate, which is public:'), preformatted(pem)]),
    ],
  };
}

/** What the line with the state does not say: why, by whom, and what it means. */
function stateBlocks({ certificate, changedBy, effect, now }: CertificateModel): KnownBlock[] {
  const state = stateOf(certificate, now);
  const by = changedBy === undefined ? '' : ` by ${mention(changedBy)}`;
  const sentences: string[] = [];
  if (state === 'held') {
    sentences.push(`Suspended${by}: nobody is let in with it until it is released.`);
  } else if (state === 'revoked') {
    sentences.push(`Revoked${by} for good: ${reasonText(certificate.revocationReason)}.`);
    const { invalidityAt } = certificate;
    if (invalidityAt) sentences.push(`Its key may have been known to others since ${moment(invalidityAt)}.`);
  }
  if (effect !== '' && state !== 'expired') {
    // What was never suspended has no effect to tell of.
    if (state === 'active' || state === 'ends_soon') sentences.push('It was suspended and has been released.');
    sentences.push(effect);
  }
  return sentences.length === 0 ? [] : [section(sentences.join(' '))];
}

function buttons({ certificate: { id, name }, possible }: CertificateModel): Button[] {
  const of = (label: string, action: string) => button({ label, action, value: id, spoken: `${label} ${name}` });
  return [
    ...(possible.renew ? [of('Renew', ACTIONS.openRenew)] : []),
    ...(possible.release ? [of('Release', ACTIONS.openRelease)] : []),
    ...(possible.revoke ? [of('Revoke', ACTIONS.openRevoke)] : []),
    of('Download', ACTIONS.downloadFiles),
  ];
}

function related(label: string, other: Related | undefined): KnownBlock[] {
  if (!other) return [];
  const text = `*${label}*\n${bold(other.name)}, valid until ${moment(other.notAfter)}, serial ${code(formatSerial(other.serial))}`;
  const show = button({
    label: 'Show',
    action: ACTIONS.openCertificate,
    value: other.id,
    spoken: `Show ${other.name}, valid until ${other.notAfter.toISOString().slice(0, 10)}`,
  });
  return [{ ...section(text), block_id: `related:${label}`, accessory: show }];
}
