import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import { KEY_GROUP_NAMES, KEY_GROUPS, type KeyGroup } from '../../../core/access/key.ts';
import { ACCESS_TOLD, MODES_TOLD } from '../../../core/slack/access-key.ts';
import { context, option, plain } from '../../../core/slack/blocks.ts';
import type { Site } from '../../../core/store/rows.ts';
import { KEY_BLOCKS, KEY_VIEW, type KeyField } from './form.ts';

/** As many as a request holds, and as a menu shows at a time. */
export const MOST_KEY_SITES = 100;

const DOES: Readonly<Record<KeyGroup, string>> = {
  sites: 'See the sites; with write access add and remove them (needs all sites).',
  certificates: 'List client certificates; with write access create and revoke.',
  hostnames: 'See which hostnames have mTLS; with write access change them.',
  authorities: 'See CA certificates; with write access upload and delete them.',
  rules: 'See WAF rules; with write access make, change and delete them.',
};

/** "New API Key": what a program may do with it. */
export function buildKeyView(sites: readonly Pick<Site, 'id' | 'name'>[], name: string): ModalView {
  return {
    type: 'modal',
    callback_id: KEY_VIEW,
    title: plain('New API Key', 24),
    submit: plain('Make it', 24),
    close: plain('Cancel', 24),
    blocks: [
      context(
        'With an API key a program uses the OpenAPI. Its secret is shown once, to you alone, when you press a button in a direct message from me.',
      ),
      {
        ...field(
          'name',
          'Name',
          'Lower case, as in deploy or ci-1. The audit tells keys apart by their names, so none is used twice.',
        ),
        element: {
          type: 'plain_text_input',
          action_id: KEY_BLOCKS.name,
          max_length: 40,
          placeholder: plain('deploy'),
          ...(name === '' ? {} : { initial_value: name.slice(0, 40) }),
        },
      },
      radio('scope', 'Sites', undefined, SCOPES),
      ...siteField(sites),
      radio('access', 'Access', undefined, ACCESSES),
      {
        ...field('groups', 'Operations', 'Everything else is refused. A key that can do little can lose little.'),
        element: {
          type: 'checkboxes',
          action_id: KEY_BLOCKS.groups,
          options: KEY_GROUP_NAMES.map((group) => option(KEY_GROUPS[group], group, DOES[group])),
        },
      },
      radio(
        'mode',
        'Revocations, Deletions, Changes Of CAs, Hostnames And Rules',
        'Whoever made the key never decides what it asks for. Guarded sites need a person whichever you choose. A read-only key asks for none of this.',
        MODES,
      ),
    ],
  };
}

const SCOPES = [
  option('All sites', 'all', 'Also those that are added later.'),
  option('Only the sites chosen below', 'chosen', 'Calls about every other site are refused.'),
];

const ACCESSES = [
  option(ACCESS_TOLD.read, 'read', 'Changes nothing. Works as soon as its secret was shown.'),
  option(ACCESS_TOLD.write, 'write', 'Changes what is ticked below. A second person has to agree to the key.'),
];

const MODES = [
  option(MODES_TOLD.asks, 'asks', 'They wait for an approver. The call succeeds when repeated after that.'),
  option(MODES_TOLD.alone, 'alone', 'They are done at once, with nobody asked. For programs you fully trust.'),
];

/** What is safer comes first and is chosen already, where there is something safer. */
function radio(
  name: 'scope' | 'access' | 'mode',
  label: string,
  hint: string | undefined,
  options: PlainTextOption[],
): InputBlock {
  const initial = name === 'scope' ? options[1] : options[0];
  return {
    ...field(name, label, hint),
    element: {
      type: 'radio_buttons',
      action_id: KEY_BLOCKS[name],
      options,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

function siteField(sites: readonly Pick<Site, 'id' | 'name'>[]): KnownBlock[] {
  if (sites.length === 0) {
    return [context('There is no site yet that could be chosen: `/mtls site add example.com`.')];
  }
  const common = {
    action_id: KEY_BLOCKS.sites,
    placeholder: plain('Choose sites'),
    max_selected_items: MOST_KEY_SITES,
  };
  return [
    {
      ...field('sites', 'Chosen Sites', undefined),
      optional: true,
      element:
        sites.length > MOST_KEY_SITES
          ? { type: 'multi_external_select', min_query_length: 0, ...common }
          : { type: 'multi_static_select', options: sites.map(siteOption), ...common },
    },
  ];
}

export const siteOption = ({ id, name }: Pick<Site, 'id' | 'name'>) => option(name, id);

function field(name: KeyField, label: string, hint: string | undefined) {
  return {
    type: 'input' as const,
    block_id: KEY_BLOCKS[name],
    label: plain(label, 2000),
    ...(hint === undefined ? {} : { hint: plain(hint, 2000) }),
  };
}
