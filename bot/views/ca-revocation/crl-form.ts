import type { KnownBlock, ModalView } from '@slack/types';
import { context, option, plain, section } from '../../../core/slack/blocks.ts';
import { bold, code } from '../../../core/slack/text.ts';
import type { SubmittedView } from '../../turn.ts';
import type { UploadedFile } from '../../uploaded-file.ts';
import type { CustomCa } from '../custom-ca/load.ts';
import { crlText } from './state.ts';

/** The names that tie the fields of "CRL of a Custom CA" to what reads them. */
export const CRL_VIEW = 'ca_crl';
export const CRL_BLOCKS = { kind: 'kind', url: 'url', text: 'crl', file: 'crl_file' } as const;
export const CRL_ACTIONS = {
  kind: 'ca_crl_kind',
  url: 'ca_crl_url',
  text: 'ca_crl_text',
  file: 'ca_crl_file',
} as const;

export type CrlKind = 'url' | 'paste' | 'none';

/** What is filled in, as typed: nothing here has been checked. */
export type CrlForm = { kind: CrlKind; url: string; text: string; file: UploadedFile | undefined };

const KINDS = {
  url: option('An address', 'url', 'Fetched now, and then again and again'),
  paste: option('Given here', 'paste', 'Pasted or uploaded; nothing is fetched'),
  none: option('Nowhere any more', 'none', 'Nothing is fetched; the last CRL stays in force'),
} as const;

export function buildCrlView(
  { authority, siteName, crl }: CustomCa,
  form: Pick<CrlForm, 'kind' | 'url'>,
  now: Date,
): ModalView {
  const kinds = crl?.url ? [KINDS.url, KINDS.paste, KINDS.none] : [KINDS.url, KINDS.paste];
  return {
    type: 'modal',
    callback_id: CRL_VIEW,
    private_metadata: authority.id,
    title: plain('CRL of a Custom CA', 24),
    submit: plain(form.kind === 'none' ? 'Stop Fetching' : 'Take', 24),
    close: plain('Cancel', 24),
    blocks: [
      section(`${bold(authority.name)} for ${code(siteName ?? '')}\n${crlText(crl, now)}`),
      {
        type: 'input',
        block_id: CRL_BLOCKS.kind,
        label: plain('The CRL Comes From', 2000),
        dispatch_action: true,
        element: {
          type: 'radio_buttons',
          action_id: CRL_ACTIONS.kind,
          options: kinds,
          initial_option: KINDS[form.kind],
        },
      },
      ...fieldsOf(form),
    ],
  };
}

function fieldsOf({ kind, url }: Pick<CrlForm, 'kind' | 'url'>): KnownBlock[] {
  switch (kind) {
    case 'url':
      return [
        {
          type: 'input',
          block_id: CRL_BLOCKS.url,
          label: plain('Address', 2000),
          hint: plain('http or https, of a server on the Internet. The CRL is signed, so http is as good.', 2000),
          element: {
            type: 'plain_text_input',
            action_id: CRL_ACTIONS.url,
            max_length: 1000,
            placeholder: plain('http://pki.example.com/root.crl'),
            ...(url === '' ? {} : { initial_value: url.slice(0, 1000) }),
          },
        },
        context('It is taken if a good CRL comes from there now.'),
      ];
    case 'paste':
      return [
        {
          type: 'input',
          block_id: CRL_BLOCKS.text,
          label: plain('CRL', 2000),
          optional: true,
          hint: plain('The whole text of the file, with its BEGIN and END lines.', 2000),
          element: {
            type: 'plain_text_input',
            action_id: CRL_ACTIONS.text,
            multiline: true,
            max_length: 3000,
            placeholder: plain('-----BEGIN X509 CRL-----'),
          },
        },
        {
          type: 'input',
          block_id: CRL_BLOCKS.file,
          label: plain('Or the CRL as a File', 2000),
          optional: true,
          hint: plain('PEM or DER, at most 1 MiB, in place of the text above.', 2000),
          element: { type: 'file_input', action_id: CRL_ACTIONS.file, max_files: 1 },
        },
        context(
          'A second person is asked when it would let certificates in again that were revoked, or when a CRL was fetched so far.',
        ),
      ];
    case 'none':
      return [context('What the CA revokes from then on is not known here, so a second person is asked.')];
  }
}

export function readCrlForm(view: SubmittedView): CrlForm {
  const field = (name: keyof typeof CRL_BLOCKS) => view.values[CRL_BLOCKS[name]]?.[CRL_ACTIONS[name]];
  const kind = field('kind')?.selected_option?.value;
  return {
    kind: kind === 'paste' || kind === 'none' ? kind : 'url',
    url: field('url')?.value ?? '',
    text: field('text')?.value ?? '',
    file: field('file')?.files?.[0],
  };
}

/** Whether the form shows the fields that its own choice asks for. Two quick changes may have crossed. */
export function showsItsFields(view: SubmittedView, { kind }: CrlForm): boolean {
  return kind === 'none' || view.values[kind === 'url' ? CRL_BLOCKS.url : CRL_BLOCKS.text] !== undefined;
}
