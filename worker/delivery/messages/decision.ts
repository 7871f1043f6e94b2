import type { KnownBlock } from '@slack/types';
import { decisionText } from '../../../core/approvals/decide.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, plain } from '../../../core/slack/blocks.ts';
import { escapeText } from '../../../core/slack/text.ts';
import type { Approval } from '../../../core/store/rows.ts';

/** Who decided and when, with their words; for every message about a request that needed a second person. */
export function decisionLine(approval: Approval): string {
  const because = approval.because === null ? '' : ` “${escapeText(approval.because)}”`;
  return `${decisionText(approval)}${because}`;
}

/** The line as a block, and for whoever asked, while nobody has decided, a way to take the request back. */
export function decisionBlocks(approval: Approval | undefined): KnownBlock[] {
  if (approval === undefined) return [];
  const withdrawable = approval.state === 'waiting' && approval.purpose === 'decision';
  const withdraw = button({
    label: 'Withdraw',
    action: ACTIONS.withdraw,
    value: approval.id,
    spoken: 'Withdraw this request',
  });
  return [
    context(decisionLine(approval)),
    ...(withdrawable
      ? [
          actions('withdraw', [
            {
              ...withdraw,
              confirm: {
                title: plain('Withdraw this request?', 100),
                text: plain(
                  'Nobody is asked any more, and it is not carried out. What is suspended stays suspended.',
                  300,
                ),
                confirm: plain('Withdraw', 30),
                deny: plain('Keep', 30),
              },
            },
          ]),
        ]
      : []),
  ];
}
