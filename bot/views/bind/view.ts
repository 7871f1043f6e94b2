import type { InputBlock, ModalView, PlainTextOption } from '@slack/types';
import { BINDING_VERBS, type BindingVerb, HOSTNAMES_AT_ONCE, MANAGED } from '../../../core/bindings/verbs.ts';
import { type HostnameStock, listOf, MANAGED_NAME } from '../../../core/hostnames/stock.ts';
import { namesText } from '../../../core/slack/bindings.ts';
import { context, option, plain, section } from '../../../core/slack/blocks.ts';
import { bold, code } from '../../../core/slack/text.ts';
import { BIND_ACTIONS as ACTIONS, authorityBlock, BIND_VIEW, type BindForm, BIND_BLOCKS as BLOCKS } from './form.ts';

export const BIND_TITLE = 'Domain Name Information';

export type BindModel = {
  /** The active sites. */
  sites: readonly { id: string; name: string }[];
  /** Of the site that is chosen. */
  stock: HostnameStock;
  /** A sentence of mrkdwn above the fields. */
  notice?: string | undefined;
};

/** A static menu holds no more (Slack: Block Kit, select menus). */
const MENU_OPTIONS = 100;
/** Slack: `plain_text_input`. */
const INPUT_CHARACTERS = 3_000;

const VERBS: Readonly<Record<BindingVerb, PlainTextOption>> = {
  add: option('Add', 'add', 'These as well'),
  remove: option('Remove', 'remove', 'Not these any more'),
  replace: option('Replace', 'replace', 'These and no others; leave the field empty to unbind all'),
};

/** "Domain Name Information": which hostnames accept the certificates of which authority. */
export function buildBindView(model: BindModel, form: BindForm): ModalView {
  const { stock, notice } = model;
  const authority = stock.uploaded.some(({ id }) => id === form.authorityId) ? form.authorityId : MANAGED;
  const present = listOf(stock, authority);
  const who = bold(stock.nameOf(authority));
  return {
    type: 'modal',
    callback_id: BIND_VIEW,
    title: plain(BIND_TITLE, 24),
    submit: plain('Preview', 24),
    close: plain('Cancel', 24),
    blocks: [
      ...(notice === undefined ? [] : [context(notice)]),
      siteField(model),
      authorityField(stock, authority),
      section(
        present.length === 0
          ? `${who} has no hostname of ${code(stock.site.name)} yet.`
          : `${who} has ${present.length} of ${HOSTNAMES_AT_ONCE} hostnames:\n${namesText(present)}`,
      ),
      {
        ...input('verb', 'Change'),
        element: {
          type: 'radio_buttons',
          action_id: ACTIONS.verb,
          options: BINDING_VERBS.map((verb) => VERBS[verb]),
          initial_option: VERBS[form.verb],
        },
      },
      {
        ...input('hostnames', 'Hostnames'),
        // An empty replacement is a wish of its own, which is asked about twice.
        optional: true,
        hint: plain(
          `One per line or with commas, up to ${HOSTNAMES_AT_ONCE} at a time: ${stock.site.name} itself or below it. *.${stock.site.name} covers one label.`,
          2000,
        ),
        element: {
          type: 'plain_text_input',
          action_id: ACTIONS.hostnames,
          multiline: true,
          max_length: INPUT_CHARACTERS,
          placeholder: plain(`www.${stock.site.name}`, 150),
          ...(form.hostnames === '' ? {} : { initial_value: form.hostnames.slice(0, INPUT_CHARACTERS) }),
        },
      },
      context('Nothing changes yet: the next step shows what it does.'),
    ],
  };
}

function siteField({ sites, stock: { site } }: BindModel): InputBlock {
  const chosen = option(site.name, site.id);
  const common = { ...input('site', 'Site'), dispatch_action: true };
  if (sites.length > MENU_OPTIONS) {
    return {
      ...common,
      element: {
        type: 'external_select',
        action_id: ACTIONS.site,
        min_query_length: 0,
        placeholder: plain('Type a part of its name'),
        initial_option: chosen,
      },
    };
  }
  return {
    ...common,
    element: {
      type: 'static_select',
      action_id: ACTIONS.site,
      options: sites.map(({ id, name }) => option(name, id)),
      initial_option: chosen,
    },
  };
}

function authorityField({ site, uploaded }: HostnameStock, chosen: string): InputBlock {
  const options = [
    option(MANAGED_NAME, MANAGED, 'Issues the certificates of /mtls issue'),
    ...uploaded
      .slice(0, MENU_OPTIONS - 1)
      .map(({ id, name, fingerprint }) => option(name, id, `Uploaded CA, SHA-256 ${fingerprint.slice(0, 16)}…`)),
  ];
  return {
    type: 'input',
    block_id: authorityBlock(site.id),
    label: plain('Authority', 2000),
    dispatch_action: true,
    hint: plain('Whose certificates are accepted at these hostnames.', 2000),
    element: {
      type: 'static_select',
      action_id: ACTIONS.authority,
      options,
      initial_option: options.find(({ value }) => value === chosen) ?? (options[0] as PlainTextOption),
    },
  };
}

function input(field: keyof typeof BLOCKS, label: string) {
  return { type: 'input' as const, block_id: BLOCKS[field], label: plain(label, 2000) };
}
