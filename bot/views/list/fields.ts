import type { InputBlock, KnownBlock, PlainTextOption } from '@slack/types';
import { SOON_DAYS } from '../../../core/inventory/state.ts';
import { option, plain } from '../../../core/slack/blocks.ts';
import {
  LIST_ACTIONS as ACTIONS,
  ANY_SITE,
  ANY_STATE,
  type ListField,
  type ListForm,
  type ListState,
  listBlock,
  MOST_SEARCH,
  stateOption,
} from './form.ts';

export type ListChoices = {
  /** Somebody who sees their own certificates alone is not asked whose. */
  seesAll: boolean;
  sites: readonly { id: string; name: string }[];
};

/** A static menu holds no more (Slack: Block Kit, select menus). */
const MENU_OPTIONS = 100;
const OWNERS = [option('Me', 'me'), option('Everybody', 'all'), option('One person…', 'person')];
const STATES = [
  option('Active', 'active'),
  option(`Ends within ${SOON_DAYS} days`, `expiring:${SOON_DAYS}`),
  option('Suspended', 'held'),
  option('Revoked', 'revoked'),
  option('Expired', 'expired'),
  option('Any state', ANY_STATE),
];
export const ANY_SITE_OPTION = option('All sites', ANY_SITE);

/** What the list can be narrowed down by. */
export function listFields(choices: ListChoices, form: ListForm, state: ListState): KnownBlock[] {
  return [
    searchField(form, state),
    ...(choices.seesAll ? ownerFields(form, state) : []),
    siteField(choices, form, state),
    stateField(form, state),
  ];
}

function searchField(form: ListForm, state: ListState): InputBlock {
  return {
    ...input('search', 'Search', state, true),
    hint: plain('A part of the name, a serial or a fingerprint in any notation, or “issued before 2026-01-31”.', 2000),
    element: {
      type: 'plain_text_input',
      action_id: ACTIONS.search,
      max_length: MOST_SEARCH,
      placeholder: plain('Everything'),
      ...(form.search === '' ? {} : { initial_value: form.search.slice(0, MOST_SEARCH) }),
    },
  };
}

function ownerFields(form: ListForm, state: ListState): InputBlock[] {
  const owner: InputBlock = {
    ...input('owner', 'Owner', state, false),
    dispatch_action: true,
    element: {
      type: 'static_select',
      action_id: ACTIONS.owner,
      options: OWNERS,
      initial_option: OWNERS.find(({ value }) => value === form.owner) ?? (OWNERS[0] as PlainTextOption),
    },
  };
  if (form.owner !== 'person') return [owner];
  return [
    owner,
    {
      ...input('person', 'Person', state, false),
      element: {
        type: 'users_select',
        action_id: ACTIONS.person,
        placeholder: plain('Choose a person'),
        ...(form.person === undefined ? {} : { initial_user: form.person }),
      },
    },
  ];
}

function siteField({ sites }: ListChoices, form: ListForm, state: ListState): InputBlock {
  const chosen = sites.find(({ id }) => id === form.siteId);
  const gone = form.siteId === undefined ? [] : [option('A site that is gone', form.siteId)];
  const initial = chosen ? siteOption(chosen) : (gone[0] ?? ANY_SITE_OPTION);
  const options = [ANY_SITE_OPTION, ...(chosen ? [] : gone), ...sites.map(siteOption)];
  return {
    ...input('site', 'Site', state, false),
    element:
      options.length > MENU_OPTIONS
        ? { type: 'external_select', action_id: ACTIONS.site, min_query_length: 0, initial_option: initial }
        : { type: 'static_select', action_id: ACTIONS.site, options, initial_option: initial },
  };
}

function stateField(form: ListForm, state: ListState): InputBlock {
  const value = stateOption(form.state, SOON_DAYS);
  const within = form.state.withinDays ?? SOON_DAYS;
  const known = STATES.some((offered) => offered.value === value);
  const options = known
    ? STATES
    : [option(`Ends within ${within === 1 ? '1 day' : `${within} days`}`, value), ...STATES];
  return {
    ...input('state', 'State', state, false),
    element: {
      type: 'static_select',
      action_id: ACTIONS.state,
      options,
      initial_option: options.find((offered) => offered.value === value) as PlainTextOption,
    },
  };
}

export function siteOption(site: { id: string; name: string }): PlainTextOption {
  return option(site.name, site.id);
}

function input(field: ListField, label: string, state: ListState, optional: boolean) {
  return { type: 'input' as const, block_id: listBlock(field, state), label: plain(label, 2000), optional };
}
