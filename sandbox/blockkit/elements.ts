import {
  below,
  boolean,
  byType,
  type Check,
  type Fields,
  fail,
  integer,
  type Json,
  listOf,
  object,
  oneOf,
  type Place,
  required,
  type Surface,
  sameJson,
  string,
} from './check.ts';
import {
  choiceOption,
  confirm,
  conversationFilter,
  dispatchConfig,
  imageSource,
  menuOption,
  optionGroup,
  overflowOption,
  plain,
  requireImageSource,
} from './objects.ts';
import { richText } from './rich-text.ts';

/** Block elements: fields and limits (slack.md 2.1) and where each may stand (2.2). */

type Parent = 'section' | 'actions' | 'input' | 'context' | 'context_actions' | 'card';
type Element = { in: readonly Parent[]; on?: readonly Surface[]; check: Check };

const actionId = string({ min: 1, max: 255 });
const placeholder = plain(150);
const ids = listOf(string({ min: 1 }), { max: 100 });

const actionable = { action_id: actionId };
const confirmable = { action_id: actionId, confirm };
const menu = { ...confirmable, placeholder, focus_on_load: boolean };
const multi = { ...menu, max_selected_items: integer({ min: 1 }) };
const typed = { ...actionable, placeholder, focus_on_load: boolean, dispatch_action_config: dispatchConfig };

function element(type: string, fields: Fields, ...rules: ((value: Json, place: Place) => void)[]): Check {
  return object({ type: required(oneOf(type)), ...fields }, ...rules);
}

/** `options` or `option_groups`, not both; what is selected at first must be among them, exactly. */
const optionsOrGroups = {
  options: listOf(menuOption, { max: 100 }),
  option_groups: listOf(optionGroup, { max: 100 }),
};

function requireOptionsOrGroups(value: Json, place: Place): void {
  const both = value['options'] !== undefined && value['option_groups'] !== undefined;
  const neither = value['options'] === undefined && value['option_groups'] === undefined;
  if (both || neither) fail(place, 'must define either `options` or `option_groups`');
}

function allOptions(value: Json): unknown[] {
  const groups = Array.isArray(value['option_groups']) ? value['option_groups'] : [];
  const grouped = groups.flatMap((group) => (group as Json | null)?.['options'] ?? []);
  return [...(Array.isArray(value['options']) ? value['options'] : []), ...grouped];
}

function requireInitialAmongOptions(value: Json, place: Place): void {
  const options = allOptions(value);
  const check = (initial: unknown, at: Place) => {
    if (!options.some((option) => sameJson(option, initial))) fail(at, 'must match one of the provided options');
  };
  if (value['initial_option'] !== undefined) check(value['initial_option'], below(place, 'initial_option'));
  if (Array.isArray(value['initial_options'])) {
    value['initial_options'].forEach((initial, index) => {
      check(initial, below(below(place, 'initial_options'), index));
    });
  }
}

/** No more may be selected at first than may be selected at all. */
function requireFewInitial(name: string): (value: Json, place: Place) => void {
  return (value, place) => {
    const [initial, max] = [value[name], value['max_selected_items']];
    if (Array.isArray(initial) && typeof max === 'number' && initial.length > max) {
      fail(below(place, name), `no more than ${max} items allowed`);
    }
  };
}

function requireLengthsInOrder(value: Json, place: Place): void {
  const { min_length: min, max_length: max, initial_value: initial } = value;
  if (typeof min === 'number' && typeof max === 'number' && min > max) {
    fail(below(place, 'min_length'), 'must not be greater than `max_length`');
  }
  if (typeof initial === 'string' && typeof max === 'number') string({ max })(initial, below(place, 'initial_value'));
}

const decimal = string({ min: 1, pattern: /^-?\d+(\.\d+)?$/, form: 'of a number' });
const buttonFace = {
  text: required(plain(75)),
  style: oneOf('primary', 'danger'),
  accessibility_label: string({ min: 1, max: 75 }),
};
const feedbackButton = object({
  text: required(plain(75)),
  value: required(string({ min: 1, max: 2000 })),
  accessibility_label: string({ min: 1, max: 75 }),
});

const IN_ALL = ['section', 'actions', 'input'] as const;
const IN_SECTION_AND_ACTIONS = ['section', 'actions'] as const;

const ELEMENTS: Record<string, Element> = {
  button: {
    in: ['section', 'actions', 'card'],
    check: element('button', {
      ...confirmable,
      ...buttonFace,
      value: string({ max: 2000 }),
      url: string({ min: 1, max: 3000 }),
    }),
  },
  workflow_button: {
    in: IN_SECTION_AND_ACTIONS,
    on: ['message'],
    check: element('workflow_button', {
      ...confirmable,
      ...buttonFace,
      workflow: required(
        object({
          trigger: required(
            object({
              url: required(string()),
              customizable_input_parameters: listOf(object({ name: required(string()), value: required(string()) })),
            }),
          ),
        }),
      ),
    }),
  },
  checkboxes: {
    in: IN_ALL,
    check: element(
      'checkboxes',
      {
        ...confirmable,
        focus_on_load: boolean,
        options: required(listOf(choiceOption, { max: 10 })),
        initial_options: listOf(choiceOption, { max: 10 }),
      },
      requireInitialAmongOptions,
    ),
  },
  radio_buttons: {
    in: IN_ALL,
    check: element(
      'radio_buttons',
      {
        ...confirmable,
        focus_on_load: boolean,
        options: required(listOf(choiceOption, { max: 10 })),
        initial_option: choiceOption,
      },
      requireInitialAmongOptions,
    ),
  },
  overflow: {
    in: IN_SECTION_AND_ACTIONS,
    check: element('overflow', { ...confirmable, options: required(listOf(overflowOption, { max: 5 })) }),
  },
  static_select: {
    in: IN_ALL,
    check: element(
      'static_select',
      { ...menu, ...optionsOrGroups, initial_option: menuOption },
      requireOptionsOrGroups,
      requireInitialAmongOptions,
    ),
  },
  multi_static_select: {
    in: IN_ALL,
    check: element(
      'multi_static_select',
      { ...multi, ...optionsOrGroups, initial_options: listOf(menuOption, { max: 100 }) },
      requireOptionsOrGroups,
      requireInitialAmongOptions,
      requireFewInitial('initial_options'),
    ),
  },
  external_select: {
    in: IN_ALL,
    check: element('external_select', { ...menu, initial_option: menuOption, min_query_length: integer({ min: 0 }) }),
  },
  multi_external_select: {
    in: IN_ALL,
    check: element(
      'multi_external_select',
      { ...multi, initial_options: listOf(menuOption, { max: 100 }), min_query_length: integer({ min: 0 }) },
      requireFewInitial('initial_options'),
    ),
  },
  users_select: { in: IN_ALL, check: element('users_select', { ...menu, initial_user: string({ min: 1 }) }) },
  multi_users_select: {
    in: IN_ALL,
    check: element('multi_users_select', { ...multi, initial_users: ids }, requireFewInitial('initial_users')),
  },
  conversations_select: {
    in: IN_ALL,
    check: element('conversations_select', {
      ...menu,
      initial_conversation: string({ min: 1 }),
      default_to_current_conversation: boolean,
      response_url_enabled: boolean,
      filter: conversationFilter,
    }),
  },
  multi_conversations_select: {
    in: IN_ALL,
    check: element(
      'multi_conversations_select',
      { ...multi, initial_conversations: ids, default_to_current_conversation: boolean, filter: conversationFilter },
      requireFewInitial('initial_conversations'),
    ),
  },
  channels_select: {
    in: IN_ALL,
    check: element('channels_select', { ...menu, initial_channel: string({ min: 1 }), response_url_enabled: boolean }),
  },
  multi_channels_select: {
    in: IN_ALL,
    check: element('multi_channels_select', { ...multi, initial_channels: ids }, requireFewInitial('initial_channels')),
  },
  datepicker: {
    in: IN_ALL,
    check: element('datepicker', {
      ...menu,
      initial_date: string({ pattern: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, form: 'YYYY-MM-DD' }),
    }),
  },
  timepicker: {
    in: IN_ALL,
    check: element('timepicker', {
      ...menu,
      initial_time: string({ pattern: /^([01]\d|2[0-3]):[0-5]\d$/, form: 'HH:mm' }),
      timezone: string({ min: 1 }),
    }),
  },
  datetimepicker: {
    in: ['actions', 'input'],
    on: ['message', 'modal'],
    check: element('datetimepicker', {
      ...confirmable,
      focus_on_load: boolean,
      initial_date_time: integer({ min: 1_000_000_000, max: 9_999_999_999 }),
    }),
  },
  plain_text_input: {
    in: ['input'],
    check: element(
      'plain_text_input',
      {
        ...typed,
        multiline: boolean,
        initial_value: string({ max: 3000 }),
        min_length: integer({ min: 0, max: 3000 }),
        max_length: integer({ min: 1, max: 3000 }),
      },
      requireLengthsInOrder,
    ),
  },
  email_text_input: {
    in: ['input'],
    on: ['modal'],
    check: element('email_text_input', { ...typed, initial_value: string() }),
  },
  url_text_input: {
    in: ['input'],
    on: ['modal'],
    check: element('url_text_input', { ...typed, initial_value: string() }),
  },
  number_input: {
    in: ['input'],
    on: ['modal'],
    check: element('number_input', {
      ...typed,
      is_decimal_allowed: required(boolean),
      initial_value: decimal,
      min_value: decimal,
      max_value: decimal,
    }),
  },
  rich_text_input: {
    in: ['actions', 'input'],
    on: ['modal', 'home'],
    check: element('rich_text_input', {
      ...typed,
      initial_value: richText,
      min_lines: integer({ min: 1, max: 100 }),
      max_lines: integer({ min: 1, max: 100 }),
    }),
  },
  file_input: {
    in: ['input'],
    on: ['modal'],
    check: element('file_input', {
      ...actionable,
      filetypes: listOf(string({ min: 1 })),
      max_files: integer({ min: 1, max: 10 }),
    }),
  },
  image: {
    in: ['section', 'context', 'card'],
    check: element('image', { alt_text: required(string({ min: 1, max: 2000 })), ...imageSource }, requireImageSource),
  },
  feedback_buttons: {
    in: ['context_actions'],
    check: element('feedback_buttons', {
      ...actionable,
      positive_button: required(feedbackButton),
      negative_button: required(feedbackButton),
    }),
  },
  icon_button: {
    in: ['context_actions'],
    check: element('icon_button', {
      ...confirmable,
      icon: required(string({ min: 1 })),
      text: required(plain(75)),
      accessibility_label: string({ min: 1, max: 75 }),
      value: string({ max: 2000 }),
      visible_to_user_ids: ids,
    }),
  },
};

/** The element of this type as it may stand in `parent`, on the surface that is checked. */
export function elementIn(parent: Parent, type: string, place: Place): Check | undefined {
  const entry = Object.hasOwn(ELEMENTS, type) ? ELEMENTS[type] : undefined;
  if (!entry?.in.includes(parent) || (entry.on && !entry.on.includes(place.surface))) return undefined;
  return entry.check;
}

export function elementOf(parent: Parent): Check {
  return byType((type, place) => elementIn(parent, type, place));
}
