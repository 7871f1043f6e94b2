import type { KnownBlock } from '@slack/types';
import { formatSerial } from '../../../core/ca/serial.ts';
import type { RequestOf } from '../../../core/requests/contracts.ts';
import { outcomeOf } from '../../../core/requests/end.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, fields, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { bold, code, escapeText, mention, moment } from '../../../core/slack/text.ts';
import type { Approval, Certificate } from '../../../core/store/rows.ts';
import { decisionBlocks, decisionLine } from './decision.ts';

type About = RequestOf<'suspend' | 'release' | 'revoke'>;

const ASKED = {
  suspend: 'You suspended',
  release: 'You asked to release',
  revoke: 'You asked to revoke',
} as const;

/**
 * The requester's lasting message about one certificate's suspension, release or revocation, drawn from its present
 * state.
 * @param effect how far the world knows, as sentences; may be empty.
 */
export function revocationMessage(
  request: About,
  certificate: Certificate | undefined,
  approval: Approval | undefined,
  effect: string,
): SlackMessage {
  const name = certificate ? `${bold(certificate.name)} for ${escapeText(certificate.siteName)}` : 'a certificate';
  const asked = `${ASKED[request.kind]} ${name}.`;
  // A denial is said once, below, with who and why.
  const outcome = request.state === 'denied' ? '' : outcomeOf(request);
  const held = certificate?.state === 'held' ? suspendedText(certificate) : '';
  const sentences = [asked, held, outcome].filter((sentence) => sentence !== '');
  const decision = approval ? ` ${decisionLine(approval)}` : '';
  const blocks: KnownBlock[] = [
    section(sentences.join(' ')),
    ...(certificate
      ? [
          section(`*Serial*\n${code(formatSerial(certificate.serial))}`),
          context(`Valid until ${moment(certificate.notAfter)}`),
        ]
      : []),
    ...(effect === '' ? [] : [context(effect)]),
    ...decisionBlocks(approval),
    ...(certificate?.state === 'held' && request.state !== 'waiting' ? [nextSteps(certificate)] : []),
  ];
  return { text: `${sentences.join(' ')}${decision}`, blocks };
}

/** What approvers see of a suspension, which needed nobody else. */
export function suspensionAnnouncement(request: RequestOf<'suspend'>, certificate: Certificate): SlackMessage {
  const name = `${bold(certificate.name)} for ${escapeText(certificate.siteName)}`;
  const sentence = `${mention(request.actorId)} suspended ${name} at once. It can be released or revoked for good, which needs a second person.`;
  const because = request.payload.because === '' ? [] : [section(`*Why*\n${escapeText(request.payload.because)}`)];
  return {
    text: sentence,
    blocks: [
      section(sentence),
      ...because,
      fields([
        ['Owner', mention(certificate.ownerId)],
        ['Serial', code(formatSerial(certificate.serial))],
      ]),
      ...(certificate.state === 'held' ? [] : [context('It is not suspended any more.')]),
    ],
  };
}

function suspendedText(certificate: Certificate): string {
  const since = certificate.heldAt === null ? '' : ` since ${moment(certificate.heldAt)}`;
  return `It is suspended${since}: nobody is let in with it.`;
}

function nextSteps(certificate: Certificate): KnownBlock {
  return actions('next', [
    button({
      label: 'Revoke…',
      action: ACTIONS.openRevoke,
      value: certificate.id,
      style: 'danger',
      spoken: `Revoke ${certificate.name}`,
    }),
    button({
      label: 'Release…',
      action: ACTIONS.openRelease,
      value: certificate.id,
      spoken: `Release ${certificate.name}`,
    }),
  ]);
}
