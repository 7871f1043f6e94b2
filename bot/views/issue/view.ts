import type { InputBlock, ModalView, PlainTextOption } from '@slack/types';
import { KEY_TYPES, type KeyType } from '../../../core/ca/profile.ts';
import { context, option, plain } from '../../../core/slack/blocks.ts';
import { isBeyond, type SecondPerson } from '../second-person.ts';
import { validityOptions } from '../validity.ts';
import { csrFields } from './csr-fields.ts';
import {
  ISSUE_ACTIONS as ACTIONS,
  ISSUE_BLOCKS as BLOCKS,
  CUSTOM,
  hiddenChoices,
  ISSUE_VIEW,
  type IssueForm,
} from './form.ts';
import { type Renewal, renewalBlocks } from './renewal.ts';

export type IssueChoices = {
  /** The active sites. */
  sites: readonly { id: string; name: string }[];
  /** Which of them, and which lengths, need a second person; undefined where none do. */
  secondPerson?: SecondPerson | undefined;
  defaultDays: number;
  maxDays: number;
  /** What is renewed, where the form is about a renewal. */
  renewal?: Renewal | undefined;
  /** A sentence of mrkdwn above the fields. */
  notice?: string | undefined;
};

/** A static menu holds no more (Slack: Block Kit, select menus). */
const MENU_OPTIONS = 100;
const METHODS = {
  system: option('System-generated', 'system', 'We make the private key and show it to you once.'),
  csr: option('Own CSR', 'csr', 'Recommended: your private key never leaves your machine.'),
} as const;
const CUSTOM_OPTION = option('Custom…', CUSTOM);
const ASKED_FIRST = 'A second person is asked first.';
/** "Create Certificate" or "Renew Certificate", with the fields that its own choices ask for. */
export function buildIssueView(choices: IssueChoices, form: IssueForm): ModalView {
  const own = form.method === 'csr';
  return {
    type: 'modal',
    callback_id: ISSUE_VIEW,
    title: plain(choices.renewal ? 'Renew Certificate' : 'Create Certificate', 24),
    submit: plain(choices.renewal ? 'Renew' : 'Create', 24),
    close: plain('Cancel', 24),
    private_metadata: hiddenChoices(form),
    blocks: [
      ...(choices.notice === undefined ? [] : [context(choices.notice)]),
      ...(choices.renewal ? renewalBlocks(choices.renewal) : [siteField(choices, form), nameField(form)]),
      ...(choices.renewal && isBeyond(choices.secondPerson, choices.renewal.site.id, 0) ? [context(ASKED_FIRST)] : []),
      methodField(form),
      ...(own ? csrFields(form) : [keyTypeField(form)]),
      validityField(choices, form),
      ...(form.validity === CUSTOM ? [daysField(choices, form)] : []),
    ],
  };
}

/** A site as an option; its value is the site's id. */
export function siteOption(site: { id: string; name: string }): PlainTextOption {
  return option(site.name, site.id);
}

function siteField({ sites, secondPerson }: IssueChoices, form: IssueForm): InputBlock {
  const placeholder = plain('Choose a site');
  const marked = ({ id, name }: { id: string; name: string }) =>
    secondPerson?.guardedSiteIds.includes(id) ? option(name, id, ASKED_FIRST) : option(name, id);
  if (sites.length > MENU_OPTIONS) {
    return {
      ...input('site', 'Site'),
      element: {
        type: 'external_select',
        action_id: ACTIONS.site,
        min_query_length: 0,
        placeholder: plain('Type a part of its name'),
        ...(form.site ? { initial_option: siteOption(form.site) } : {}),
      },
    };
  }
  const chosen = sites.find((site) => site.id === form.site?.id);
  return {
    ...input('site', 'Site'),
    element: {
      type: 'static_select',
      action_id: ACTIONS.site,
      placeholder,
      options: sites.map(marked),
      ...(chosen ? { initial_option: marked(chosen) } : {}),
    },
  };
}

function nameField(form: IssueForm): InputBlock {
  return {
    ...input('name', 'Name'),
    hint: plain('Who or what the certificate is for. It becomes the common name (CN).', 2000),
    element: {
      type: 'plain_text_input',
      action_id: ACTIONS.name,
      // Above the limit of a name, so that a name that is too long gets a sentence instead of being cut.
      max_length: 300,
      ...(form.name === '' ? {} : { initial_value: form.name.slice(0, 300) }),
    },
  };
}

function methodField(form: IssueForm): InputBlock {
  return {
    ...input('method', 'CSR Generation Method'),
    dispatch_action: true,
    element: {
      type: 'radio_buttons',
      action_id: ACTIONS.method,
      options: [METHODS.system, METHODS.csr],
      initial_option: METHODS[form.method],
    },
  };
}

function keyTypeField(form: IssueForm): InputBlock {
  const options = Object.fromEntries(
    (Object.keys(KEY_TYPES) as KeyType[]).map((keyType) => [keyType, option(KEY_TYPES[keyType], keyType)]),
  ) as Record<KeyType, PlainTextOption>;
  return {
    ...input('keyType', 'Private Key Type'),
    element: {
      type: 'static_select',
      action_id: ACTIONS.keyType,
      options: Object.values(options),
      initial_option: options[form.keyType],
    },
  };
}

function validityField({ maxDays, defaultDays, secondPerson }: IssueChoices, form: IssueForm): InputBlock {
  const offered = validityOptions(maxDays, defaultDays).map((one) => {
    const long = secondPerson !== undefined && Number(one.value) > secondPerson.longDays;
    return long ? { ...one, description: plain(ASKED_FIRST, 75) } : one;
  });
  const options = [...offered, CUSTOM_OPTION];
  const fallback = offered.find(({ value }) => value === String(Math.min(defaultDays, maxDays))) ?? CUSTOM_OPTION;
  return {
    ...input('validity', 'Certificate Validity Period'),
    dispatch_action: true,
    element: {
      type: 'static_select',
      action_id: ACTIONS.validity,
      options,
      initial_option: options.find(({ value }) => value === form.validity) ?? fallback,
    },
  };
}

function daysField({ maxDays, secondPerson }: IssueChoices, form: IssueForm): InputBlock {
  const long = secondPerson !== undefined && secondPerson.longDays < maxDays;
  const asked = long ? ` A second person is asked about more than ${secondPerson.longDays}.` : '';
  return {
    ...input('days', 'Days'),
    hint: plain(`A whole number from 1 to ${maxDays}.${asked}`, 2000),
    element: {
      type: 'number_input',
      action_id: ACTIONS.days,
      is_decimal_allowed: false,
      min_value: '1',
      max_value: String(maxDays),
      ...(/^\d{1,10}$/.test(form.days) ? { initial_value: form.days } : {}),
    },
  };
}

function input(field: keyof typeof BLOCKS, label: string) {
  return { type: 'input' as const, block_id: BLOCKS[field], label: plain(label, 2000) };
}
