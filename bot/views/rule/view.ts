import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import { context, option, plain, preformatted } from '../../../core/slack/blocks.ts';
import { code } from '../../../core/slack/text.ts';
import type { Site } from '../../../core/store/rows.ts';
import type { VerifiedChoice } from '../../../core/waf/form.ts';
import {
  RULE_ACTIONS as ACTIONS,
  RULE_BLOCKS as BLOCKS,
  hostnamesBlock,
  RULE_VIEW,
  type RuleFields,
  type Subject,
  subjectMetadata,
} from './form.ts';

export type RuleModel = {
  /** The active sites; a rule that is changed has one, which stays. */
  sites: readonly Pick<Site, 'id' | 'name'>[];
  subject: Subject;
  /** What the fields make; undefined where they make none. */
  expression: string | undefined;
  /** A sentence of mrkdwn above the fields. */
  notice?: string | undefined;
};

/** A static menu holds no more (Slack: Block Kit, select menus). */
const MENU_OPTIONS = 100;
/** Of an option's value. */
const OPTION_VALUE = 150;
/** Of what is written by hand; the metadata of the next step holds 3,000 characters, quotes escaped. */
export const MOST_WRITTEN = 2_400;
export const MOST_NAME = 128;
export const MOST_HOSTNAMES = 50;

const VERIFIED: Readonly<Record<VerifiedChoice, PlainTextOption>> = {
  no: option('No', 'no', 'Requests without a valid, unrevoked client certificate'),
  yes: option('Yes', 'yes', 'Requests with one'),
  any: option('Any', 'any', 'It does not matter'),
};
const MODES: Readonly<Record<RuleFields['mode'], PlainTextOption>> = {
  conditions: option('Conditions', 'conditions', 'Hostname and client certificate, and more where needed'),
  expression: option('Expression', 'expression', 'The whole rule as it is written'),
};
const CHOICES: Readonly<Record<RuleFields['action'], PlainTextOption>> = {
  deny: option('Intercept (403)', 'deny', 'The request is denied and never reaches the origin'),
  monitor: option('Monitor', 'monitor', 'The request goes on; edges log that the rule matched'),
  other: option('Intercept with another status', 'other', 'As Intercept, with a status from 400 to 599'),
};

/** A WAF rule, in the words of the vendor's console. */
export function buildRuleView(model: RuleModel, fields: RuleFields): ModalView {
  const { sites, subject, notice } = model;
  const site = sites.find(({ id }) => id === fields.siteId) ?? sites[0];
  return {
    type: 'modal',
    callback_id: RULE_VIEW,
    title: plain(subject === undefined ? 'New WAF rule' : 'Change WAF rule', 24),
    submit: plain('Preview', 24),
    close: plain('Cancel', 24),
    private_metadata: subjectMetadata(subject),
    blocks: [
      ...(notice === undefined ? [] : [context(notice)]),
      subject === undefined ? siteField(sites, site) : context(`A rule of ${code(site?.name ?? '')}`),
      {
        ...input('name', 'Rule Name'),
        element: {
          type: 'plain_text_input',
          action_id: ACTIONS.name,
          max_length: MOST_NAME,
          ...initial(fields.name, MOST_NAME),
        },
      },
      {
        ...input('mode', 'Written as'),
        dispatch_action: true,
        element: {
          type: 'radio_buttons',
          action_id: ACTIONS.mode,
          options: [MODES.conditions, MODES.expression],
          initial_option: MODES[fields.mode],
        },
      },
      ...(fields.mode === 'conditions' ? conditionFields(model, fields, site) : [expressionField(fields, site)]),
      {
        ...input('action', 'Action'),
        dispatch_action: true,
        element: {
          type: 'static_select',
          action_id: ACTIONS.action,
          options: [CHOICES.deny, CHOICES.monitor, CHOICES.other],
          initial_option: CHOICES[fields.action],
        },
      },
      ...(fields.action === 'other' ? [codeField(fields)] : []),
      context('Nothing changes yet: the next step shows what the rule would have done, and asks whether it is on.'),
    ],
  };
}

function siteField(sites: RuleModel['sites'], site: Pick<Site, 'id' | 'name'> | undefined): InputBlock {
  const common = { ...input('site', 'Site'), dispatch_action: true };
  const chosen = site && { initial_option: option(site.name, site.id) };
  if (sites.length > MENU_OPTIONS) {
    const element = { type: 'external_select' as const, action_id: ACTIONS.site, min_query_length: 0, ...chosen };
    return { ...common, element: { ...element, placeholder: plain('Type a part of its name') } };
  }
  const options = sites.map(({ id, name }) => option(name, id));
  return { ...common, element: { type: 'static_select', action_id: ACTIONS.site, options, ...chosen } };
}

function conditionFields(
  { expression }: RuleModel,
  { verified, hostnames, more }: RuleFields,
  site: Pick<Site, 'id' | 'name'> | undefined,
): KnownBlock[] {
  const chosen = hostnames.filter(canBeChosen).map(hostnameOption);
  return [
    {
      ...input('verified', 'Verified Client Certificate'),
      dispatch_action: true,
      element: {
        type: 'radio_buttons',
        action_id: ACTIONS.verified,
        options: [VERIFIED.no, VERIFIED.yes, VERIFIED.any],
        initial_option: VERIFIED[verified],
      },
    },
    {
      type: 'input',
      block_id: hostnamesBlock(site?.id ?? ''),
      label: plain('Hostname', 2000),
      hint: plain(
        `Bound hostnames are offered; any other of ${site?.name ?? 'the site'} can be typed. One of them is enough for the rule to apply.`,
        2000,
      ),
      optional: true,
      dispatch_action: true,
      element: {
        type: 'multi_external_select',
        action_id: ACTIONS.hostnames,
        min_query_length: 0,
        max_selected_items: MOST_HOSTNAMES,
        placeholder: plain('Choose or type hostnames', 150),
        ...(chosen.length === 0 ? {} : { initial_options: chosen }),
      },
    },
    {
      ...input('more', 'Further conditions'),
      optional: true,
      hint: plain(
        'An expression that has to hold as well, for example: starts_with(http.request.uri.path, "/admin")',
        2000,
      ),
      element: {
        type: 'plain_text_input',
        action_id: ACTIONS.more,
        multiline: true,
        max_length: MOST_WRITTEN,
        ...initial(more, MOST_WRITTEN),
      },
    },
    ...(expression === undefined
      ? []
      : [context('The expression that these conditions make so far'), preformatted(expression)]),
  ];
}

function expressionField({ expression }: RuleFields, site: Pick<Site, 'name'> | undefined): KnownBlock {
  return {
    ...input('expression', 'Expression'),
    hint: plain(
      `For example: (http.host in {"api.${site?.name ?? 'example.com'}"} and not tls_client_auth.cert_verified)`,
      2000,
    ),
    element: {
      type: 'plain_text_input',
      action_id: ACTIONS.expression,
      multiline: true,
      max_length: MOST_WRITTEN,
      ...initial(expression, MOST_WRITTEN),
    },
  };
}

function codeField({ code: status }: RuleFields): KnownBlock {
  return {
    ...input('code', 'Status'),
    hint: plain('What a denied request is answered with: 400 to 599.', 2000),
    element: {
      type: 'number_input',
      action_id: ACTIONS.code,
      is_decimal_allowed: false,
      min_value: '400',
      max_value: '599',
      ...initial(status, 10),
    },
  };
}

/** What a field begins with; nothing where it is empty, which Slack refuses. */
function initial(value: string, most: number): { initial_value?: string } {
  return value === '' ? {} : { initial_value: value.slice(0, most) };
}

export const canBeChosen = (hostname: string) => hostname.length <= OPTION_VALUE;
export const hostnameOption = (hostname: string) => option(hostname, hostname);

function input(field: keyof typeof BLOCKS, label: string) {
  return { type: 'input' as const, block_id: BLOCKS[field], label: plain(label, 2000) };
}
