import type { KnownBlock, ModalView } from '@slack/types';
import type { GateDecision } from '../../../core/approvals/policy.ts';
import { formatSerial } from '../../../core/ca/serial.ts';
import { fields, plain, section } from '../../../core/slack/blocks.ts';
import { bold, code, escapeText, mention, moment } from '../../../core/slack/text.ts';
import type { Certificate } from '../../../core/store/rows.ts';
import { type RevokeChoices, revokeFields } from './fields.ts';
import { type RevokeForm, SUSPEND } from './form.ts';

export const REVOKE_VIEW = 'revoke';

/** "Revoke" for one certificate. Its id is the view's metadata. */
export function buildRevokeView(certificate: Certificate, choices: RevokeChoices, form: RevokeForm): ModalView {
  return {
    type: 'modal',
    callback_id: REVOKE_VIEW,
    title: plain('Revoke Certificate', 24),
    submit: plain(form.reason === SUSPEND ? 'Suspend' : 'Revoke', 24),
    close: plain('Cancel', 24),
    private_metadata: certificate.id,
    blocks: [...certificateSummary(certificate), ...revokeFields(choices, form)],
  };
}

/** Which certificate this is, so that nobody revokes another one. */
export function certificateSummary(certificate: Certificate): KnownBlock[] {
  const held = certificate.heldAt === null ? '' : ` It is suspended since ${moment(certificate.heldAt)}.`;
  return [
    section(`${bold(certificate.name)} for ${escapeText(certificate.siteName)}.${held}`),
    fields([
      ['Owner', mention(certificate.ownerId)],
      ['Key', escapeText(certificate.keyAlgorithm)],
      ['Valid from', moment(certificate.notBefore)],
      ['Valid until', moment(certificate.notAfter)],
    ]),
    section(`*Serial*\n${code(formatSerial(certificate.serial))}`),
  ];
}

/** Who decides, before anybody presses the button. */
export function approvalSentence(decision: GateDecision): string {
  if (decision.needed) return 'A second person is asked before it is revoked for good. You are told what they decide.';
  switch (decision.because) {
    case 'setup':
      return 'Nobody else holds a role here yet, so it is revoked for good at once.';
    case 'four_eyes_off':
    case 'open_gate':
      return 'This needs no second person here: it is revoked for good at once.';
  }
}
