import type { KnownBlock } from '@slack/types';
import { context, plain, preformatted } from '../../../core/slack/blocks.ts';
import { ISSUE_ACTIONS as ACTIONS, ISSUE_BLOCKS as BLOCKS, type IssueForm } from './form.ts';

/** Fits the field of `openssl`; the name inside is not used, the field Name is. */
const CSR_COMMAND =
  'openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout device.key -out device.csr -subj "/CN=device"';

/** Where an own CSR goes: as text, or as a file. */
export function csrFields(form: IssueForm): KnownBlock[] {
  return [
    {
      type: 'input',
      block_id: BLOCKS.csr,
      label: plain('CSR'),
      optional: true,
      hint: plain('The whole text of the file, with its BEGIN and END lines. Never paste a private key.', 2000),
      element: {
        type: 'plain_text_input',
        action_id: ACTIONS.csr,
        multiline: true,
        max_length: 3000,
        placeholder: plain('-----BEGIN CERTIFICATE REQUEST-----'),
        ...(form.csr === '' ? {} : { initial_value: form.csr.slice(0, 3000) }),
      },
    },
    {
      type: 'input',
      block_id: BLOCKS.csrFile,
      label: plain('Or the CSR as a File'),
      optional: true,
      hint: plain('PEM or DER, in place of the text above. Never upload a private key.', 2000),
      element: { type: 'file_input', action_id: ACTIONS.csrFile, max_files: 1 },
    },
    context('This command makes a key and a CSR. Keep `device.key`; paste or upload `device.csr` above.'),
    preformatted(CSR_COMMAND),
  ];
}
