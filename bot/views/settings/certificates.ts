import type { InputBlock, KnownBlock } from '@slack/types';
import { MOST_UPLOADED } from '../../../core/ca/uploaded/limit.ts';
import { context, plain } from '../../../core/slack/blocks.ts';
import { days } from '../../../core/slack/text.ts';
import { validityOption, validityOptions } from '../validity.ts';
import { SETTINGS_FIELDS, type SettingsForm } from './form.ts';
import { action, choice, chosenAtFirst, field } from './input.ts';
import type { SettingsModel } from './model.ts';

/** A static menu holds no more (Slack: Block Kit, select menus); and a request no more guarded sites. */
const MOST_SITES = 100;

export function certificateFields(model: SettingsModel, form: SettingsForm): KnownBlock[] {
  return [defaultField(model, form), longField(model, form), ...guardedField(model, form), uploadedField(form)];
}

function defaultField({ maxValidityDays }: SettingsModel, form: SettingsForm): InputBlock {
  const { block } = SETTINGS_FIELDS.defaultValidityDays;
  const chosen = Math.min(form.defaultValidityDays, maxValidityDays);
  return {
    ...field(block, 'Default Validity', 'Chosen in the form of a new certificate.'),
    element: {
      type: 'static_select',
      ...action(block),
      options: validityOptions(maxValidityDays, chosen),
      initial_option: validityOption(chosen),
    },
  };
}

function longField({ maxValidityDays }: SettingsModel, form: SettingsForm): InputBlock {
  const { block } = SETTINGS_FIELDS.longValidityDays;
  const chosen = Math.min(form.longValidityDays, maxValidityDays);
  const options = validityOptions(maxValidityDays, chosen).map(({ value }) =>
    longOption(Number(value), maxValidityDays),
  );
  return {
    ...field(
      block,
      'Second Person for Validity Longer Than',
      'A certificate that is to be valid for longer waits for one.',
    ),
    element: {
      type: 'static_select',
      ...action(block),
      options,
      initial_option: longOption(chosen, maxValidityDays),
    },
  };
}

function uploadedField({ uploadedLimit }: SettingsForm): InputBlock {
  const { block } = SETTINGS_FIELDS.uploadedLimit;
  return {
    ...field(
      block,
      'Custom CAs at Most',
      `From 1 to ${MOST_UPLOADED}. Those that there are stay when it is lowered; nothing is added until there is place.`,
    ),
    element: {
      type: 'number_input',
      ...action(block),
      is_decimal_allowed: false,
      min_value: '1',
      max_value: String(MOST_UPLOADED),
      ...(/^\d{1,3}$/.test(uploadedLimit) ? { initial_value: uploadedLimit } : {}),
    },
  };
}

const longOption = (count: number, most: number) =>
  choice(days(count), String(count), count === most ? 'The longest there is: nobody is asked.' : undefined);

function guardedField({ sites }: SettingsModel, form: SettingsForm): KnownBlock[] {
  const { block } = SETTINGS_FIELDS.guardedSites;
  if (sites.length === 0) return [context('There is no site yet that could be guarded: `/mtls site add example.com`.')];
  const options = sites.map(({ id, name }) => choice(name, id));
  const chosen = options.filter(({ value }) => value !== undefined && form.guardedSites.includes(value));
  const common = {
    ...action(block),
    placeholder: plain('Choose sites'),
    max_selected_items: MOST_SITES,
    ...chosenAtFirst(chosen),
  };
  return [
    {
      ...field(block, 'Guarded Sites', 'Every certificate of a guarded site needs a second person.', true),
      element:
        sites.length > MOST_SITES
          ? { type: 'multi_external_select', min_query_length: 0, ...common }
          : { type: 'multi_static_select', options, ...common },
    },
  ];
}
