import { OFFERED_REASONS, reasonText } from '../../../core/ca/reasons.ts';
import { formatSerial } from '../../../core/ca/serial.ts';
import type { RequestOf } from '../../../core/requests/contracts.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { bold, code, escapeText, mention, moment } from '../../../core/slack/text.ts';
import type { Certificate } from '../../../core/store/rows.ts';

/** What somebody else has done to a certificate, as it stands now. */
export function ownerMessage(certificate: Certificate, actorId: string): SlackMessage {
  const sentence = `${mention(actorId)} ${happened(certificate)}`;
  return {
    text: sentence,
    blocks: [
      section(sentence),
      context(`Serial ${code(formatSerial(certificate.serial))}`),
      actions('owner', [
        button({
          label: 'Details',
          action: ACTIONS.openCertificate,
          value: certificate.id,
          spoken: `Details of ${certificate.name}`,
        }),
      ]),
    ],
  };
}

/** The same for a list in which certificates of theirs are. */
export function ownerOfManyMessage(request: RequestOf<'revoke_many'>, ownerId: string): SlackMessage {
  const { reason, suspendNow } = request.payload;
  const ended = request.state === 'done';
  const what = ended
    ? 'had certificates of yours revoked'
    : suspendNow
      ? 'suspended certificates of yours'
      : 'has certificates of yours revoked';
  const sentence = `${mention(request.actorId)} ${what}: ${OFFERED_REASONS[reason]}. \`/mtls list\` shows which.`;
  return {
    text: sentence,
    blocks: [
      section(sentence),
      actions('owner', [
        button({
          label: 'My certificates',
          action: ACTIONS.openList,
          value: JSON.stringify({ owner: ownerId, state: ended ? 'revoked' : 'held' }),
        }),
      ]),
    ],
  };
}

function happened(certificate: Certificate): string {
  const yours = `your certificate ${bold(certificate.name)} for ${escapeText(certificate.siteName)}`;
  switch (certificate.state) {
    case 'held':
      return `suspended ${yours}: nobody is let in with it until it is released.`;
    case 'revoked': {
      const since = certificate.revokedAt === null ? '' : ` since ${moment(certificate.revokedAt)}`;
      return `had ${yours} revoked for good${since}: ${reasonText(certificate.revocationReason)}. Ask for a new one with \`/mtls issue\`.`;
    }
    default:
      return `had ${yours} released: it is valid again.`;
  }
}
