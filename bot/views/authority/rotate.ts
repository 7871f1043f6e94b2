import type { ModalView, PlainTextOption } from '@slack/types';
import { DEFAULT_OVERLAP_DAYS, OVERLAP_DAYS } from '../../../core/renewal/generations.ts';
import { context, plain, section } from '../../../core/slack/blocks.ts';
import { days } from '../../../core/slack/text.ts';
import type { SubmittedView } from '../../turn.ts';

/** The names that tie the fields of "New Generation" to what reads them. */
export const ROTATE_VIEW = 'ca_rotate';
export const ROTATE_BLOCKS = { overlap: 'overlap', compromised: 'compromised', because: 'because' } as const;
const ACTION = { overlap: 'rotate_overlap', compromised: 'rotate_compromised', because: 'rotate_because' } as const;

const COMPROMISED: PlainTextOption = {
  text: plain('The key of the present generation may be known to others', 75),
  value: 'compromised',
  description: plain('Only then may the new one sign at once, before any server trusts it.', 75),
};

/** "New Generation": what happens when, and how long servers have. */
export function buildRotateView(present: { generation: number }): ModalView {
  const next = present.generation + 1;
  return {
    type: 'modal',
    callback_id: ROTATE_VIEW,
    title: plain('New Generation', 24),
    submit: plain('Ask for it', 24),
    close: plain('Cancel', 24),
    blocks: [
      section(
        [
          `*1. Trust.* Generation ${next} of the authority is made, with a key and a name of its own. \`/mtls ca\` shows it beside generation ${present.generation}, and every server must trust both.`,
          `*2. Begin.* After the time chosen below generation ${next} signs new certificates. Certificates that exist stay as they are and stay valid.`,
          `*3. Retire.* When the last certificate of generation ${present.generation} has ended, it retires by itself and the audit channel is told. Until then it goes on signing its CRL.`,
        ].join('\n'),
      ),
      {
        type: 'input',
        block_id: ROTATE_BLOCKS.overlap,
        label: plain('Time For Servers To Trust It', 2000),
        hint: plain('Counted from its making. Until then only the present generation signs.', 2000),
        element: {
          type: 'static_select',
          action_id: ACTION.overlap,
          options: OVERLAP_DAYS.map(overlapOption),
          initial_option: overlapOption(DEFAULT_OVERLAP_DAYS),
        },
      },
      {
        type: 'input',
        block_id: ROTATE_BLOCKS.compromised,
        label: plain('Leaked Key', 2000),
        optional: true,
        element: { type: 'checkboxes', action_id: ACTION.compromised, options: [COMPROMISED] },
      },
      {
        type: 'input',
        block_id: ROTATE_BLOCKS.because,
        label: plain('Why', 2000),
        optional: true,
        element: { type: 'plain_text_input', action_id: ACTION.because, multiline: true, max_length: 500 },
      },
      context(
        'After a leak the old generation stays in `/mtls ca` as long as certificates of it are in use. Renew them, then take it out of your servers yourself: whoever has its key can sign certificates that nobody can revoke. A second person may be asked before anything is made.',
      ),
    ],
  };
}

function overlapOption(count: number): PlainTextOption {
  return { text: plain(count === 0 ? 'None: sign at once' : days(count), 75), value: String(count) };
}

export type RotateForm = { overlapDays: number | undefined; compromised: boolean; because: string };

export function readRotateForm(view: SubmittedView): RotateForm {
  const field = (name: keyof typeof ACTION) => view.values[ROTATE_BLOCKS[name]]?.[ACTION[name]];
  const chosen = Number(field('overlap')?.selected_option?.value ?? Number.NaN);
  return {
    overlapDays: OVERLAP_DAYS.find((count) => count === chosen),
    compromised: (field('compromised')?.selected_options ?? []).some(({ value }) => value === COMPROMISED.value),
    because: (field('because')?.value ?? '').trim().slice(0, 500),
  };
}
