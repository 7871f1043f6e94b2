import type { InputBlock, ModalView } from '@slack/types';
import { context, option, plain } from '../../../core/slack/blocks.ts';
import { UPLOAD_ACTIONS as ACTIONS, UPLOAD_BLOCKS as BLOCKS, UPLOAD_VIEW } from './form.ts';

export type UploadModel = {
  /** The active sites, at least one. */
  sites: readonly { id: string; name: string }[];
  /** Places of the account's plan. */
  places: { used: number; limit: number };
};

/** A static menu holds no more (Slack: Block Kit, select menus). */
const MENU_OPTIONS = 100;

/** "Upload CA Certificate": the root of somebody else's CA, to be bound to hostnames of one site afterwards. */
export function buildUploadView({ sites, places }: UploadModel): ModalView {
  return {
    type: 'modal',
    callback_id: UPLOAD_VIEW,
    title: plain('Upload CA Certificate', 24),
    submit: plain('Upload', 24),
    close: plain('Cancel', 24),
    blocks: [
      context(
        `The self-signed root of a CA of your own, without its private key. It takes place ${places.used + 1} of ${places.limit}, and is trusted nowhere until hostnames are bound to it.`,
      ),
      siteField(sites),
      {
        ...input('name', 'Name'),
        optional: true,
        hint: plain('What it is called here. Left empty, it is the common name of the certificate.', 2000),
        // Above the limit of a name, so that a name that is too long gets a sentence instead of being cut.
        element: { type: 'plain_text_input', action_id: ACTIONS.name, max_length: 200 },
      },
      {
        ...input('certificate', 'Certificate'),
        optional: true,
        hint: plain('The whole text of the file, with its BEGIN and END lines. Never paste a private key.', 2000),
        element: {
          type: 'plain_text_input',
          action_id: ACTIONS.certificate,
          multiline: true,
          max_length: 3000,
          placeholder: plain('-----BEGIN CERTIFICATE-----'),
        },
      },
      {
        ...input('file', 'Or the Certificate as a File'),
        optional: true,
        hint: plain('PEM or DER, in place of the text above. Never upload a private key.', 2000),
        element: { type: 'file_input', action_id: ACTIONS.file, max_files: 1 },
      },
      context('A second person may be asked to compare the fingerprint before it is taken in.'),
    ],
  };
}

function siteField(sites: UploadModel['sites']): InputBlock {
  const options = sites.slice(0, MENU_OPTIONS).map(({ id, name }) => option(name, id));
  const [first] = options;
  const placeholder = plain('Choose a site');
  const element =
    sites.length > MENU_OPTIONS
      ? { type: 'external_select' as const, action_id: ACTIONS.site, min_query_length: 0, placeholder }
      : {
          type: 'static_select' as const,
          action_id: ACTIONS.site,
          placeholder,
          options,
          ...(sites.length === 1 && first ? { initial_option: first } : {}),
        };
  return { ...input('site', 'Site'), hint: plain('It can be bound to hostnames of this site alone.', 2000), element };
}

function input(field: keyof typeof BLOCKS, label: string) {
  return { type: 'input' as const, block_id: BLOCKS[field], label: plain(label, 2000) };
}
