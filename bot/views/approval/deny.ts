import type { ModalView } from '@slack/types';
import { z } from 'zod';
import type { Card } from '../../../core/approvals/card.ts';
import { plain, section } from '../../../core/slack/blocks.ts';
import type { Approval } from '../../../core/store/rows.ts';
import { decide, loadDecidable, type PressedButton } from '../../decision.ts';
import type { SubmissionHandler } from '../../turn.ts';
import { buildNotice } from '../notice.ts';

export const DENY_VIEW = 'deny';
const WHY = { block: 'why', action: 'deny_why' } as const;
/** As much as a request holds. */
const LONGEST_REASON = 500;

const buttonSchema = z.strictObject({
  approvalId: z.string(),
  hash: z.string(),
  token: z.string(),
  channel: z.string(),
  ts: z.string(),
});

/** "Deny": asks why, because whoever asked is told. */
export function buildDenyView(button: PressedButton, approval: Approval): ModalView {
  const card = approval.card as Card;
  return {
    type: 'modal',
    callback_id: DENY_VIEW,
    title: plain('Deny', 24),
    submit: plain('Deny', 24),
    close: plain('Cancel', 24),
    private_metadata: JSON.stringify(button),
    blocks: [
      section(`${card.what}.`),
      {
        type: 'input',
        block_id: WHY.block,
        label: plain('Why', 2000),
        hint: plain('Whoever asked is told, and so is the audit channel.', 2000),
        element: {
          type: 'plain_text_input',
          action_id: WHY.action,
          multiline: true,
          min_length: 1,
          max_length: LONGEST_REASON,
          focus_on_load: true,
        },
      },
    ],
  };
}

export const submitDeny: SubmissionHandler = async (deps, { person, view }) => {
  const { approvalId, ...button } = buttonSchema.parse(JSON.parse(view.privateMetadata));
  const because = (view.values[WHY.block]?.[WHY.action]?.value ?? '').trim();
  if (because === '') return { response_action: 'errors', errors: { [WHY.block]: 'Say why, in a few words.' } };
  await loadDecidable(deps, person, approvalId, 'deny');
  const payload = { approvalId, decision: 'deny', because: because.slice(0, LONGEST_REASON), button } as const;
  const text = await decide(deps, person, payload, `view:${view.id}`);
  return { response_action: 'update', view: buildNotice('Deny', [section(text)]) };
};
