import { endingOf } from './state/file-kinds.ts';
import type { StateValues, View } from './state/model.ts';
import { type Element, elementsOf } from './state/store.ts';

/**
 * Modals and Homes as a client sees them: which fields there are, what they hold, and the checks Slack's clients make
 * before anything is sent (required, lengths, numbers, addresses).
 */
export type Field = {
  blockId: string;
  actionId: string;
  /** The label of an input block; empty for elements outside of one. */
  label: string;
  optional: boolean;
  isInput: boolean;
  /** Slack sends `block_actions` at once when it changes. */
  dispatches: boolean;
  element: Element;
};

type Shape = { key: string; initial: string; empty: null | readonly never[] };

/** Where the value of each element stands in `state.values`, and which property it begins with. */
const SHAPES: Record<string, Shape> = {
  plain_text_input: { key: 'value', initial: 'initial_value', empty: null },
  email_text_input: { key: 'value', initial: 'initial_value', empty: null },
  url_text_input: { key: 'value', initial: 'initial_value', empty: null },
  number_input: { key: 'value', initial: 'initial_value', empty: null },
  rich_text_input: { key: 'rich_text_value', initial: 'initial_value', empty: null },
  static_select: { key: 'selected_option', initial: 'initial_option', empty: null },
  external_select: { key: 'selected_option', initial: 'initial_option', empty: null },
  radio_buttons: { key: 'selected_option', initial: 'initial_option', empty: null },
  checkboxes: { key: 'selected_options', initial: 'initial_options', empty: [] },
  multi_static_select: { key: 'selected_options', initial: 'initial_options', empty: [] },
  multi_external_select: { key: 'selected_options', initial: 'initial_options', empty: [] },
  users_select: { key: 'selected_user', initial: 'initial_user', empty: null },
  multi_users_select: { key: 'selected_users', initial: 'initial_users', empty: [] },
  conversations_select: { key: 'selected_conversation', initial: 'initial_conversation', empty: null },
  multi_conversations_select: { key: 'selected_conversations', initial: 'initial_conversations', empty: [] },
  channels_select: { key: 'selected_channel', initial: 'initial_channel', empty: null },
  multi_channels_select: { key: 'selected_channels', initial: 'initial_channels', empty: [] },
  datepicker: { key: 'selected_date', initial: 'initial_date', empty: null },
  timepicker: { key: 'selected_time', initial: 'initial_time', empty: null },
  datetimepicker: { key: 'selected_date_time', initial: 'initial_date_time', empty: null },
  file_input: { key: 'files', initial: '', empty: [] },
};

export function shapeOf(element: Element): Shape | undefined {
  return SHAPES[String(element['type'])];
}

export function fieldsOf(view: Pick<View, 'blocks'>): Field[] {
  return view.blocks.flatMap((block) =>
    elementsOf(block)
      .filter((element) => shapeOf(element))
      .map((element) => ({
        blockId: block.block_id,
        actionId: String(element['action_id']),
        label: (block['label'] as { text?: string } | undefined)?.text ?? '',
        optional: block['optional'] === true,
        isInput: block.type === 'input',
        dispatches: block.type !== 'input' || block['dispatch_action'] === true,
        element,
      })),
  );
}

export function initialValue(element: Element): Record<string, unknown> {
  const shape = shapeOf(element);
  if (!shape) return { type: element['type'] };
  return { type: element['type'], [shape.key]: element[shape.initial] ?? shape.empty };
}

/** What fields hold: kept where block, action and type stayed the same (as over `views.update`), else initial. */
export function valuesOf(view: Pick<View, 'blocks'>, earlier: StateValues = {}): StateValues {
  const values: StateValues = {};
  for (const { blockId, actionId, element } of fieldsOf(view)) {
    const kept = earlier[blockId]?.[actionId];
    const value = kept?.['type'] === element['type'] ? kept : undefined;
    values[blockId] = { ...values[blockId], [actionId]: value ?? initialValue(element) };
  }
  return values;
}

/** Refusals by `block_id`, as Slack's client shows them; none means that the submission would be sent. */
export function checkInClient(view: Pick<View, 'blocks'>, values: StateValues): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const field of fieldsOf(view)) {
    if (!field.isInput) continue;
    const shape = shapeOf(field.element);
    const value = shape && values[field.blockId]?.[field.actionId]?.[shape.key];
    const isEmpty =
      value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    const refusal = isEmpty
      ? field.optional
        ? undefined
        : 'Please complete this required field.'
      : refuse(field.element, value);
    if (refusal !== undefined) errors[field.blockId] = refusal;
  }
  return errors;
}

function refuse(element: Element, value: unknown): string | undefined {
  switch (element['type']) {
    case 'plain_text_input':
      return refuseLength(element, [...String(value)].length);
    case 'number_input':
      return refuseNumber(element, String(value));
    case 'email_text_input':
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(String(value)) ? undefined : 'Please enter a valid email address.';
    case 'datepicker':
      return isDate(String(value)) ? undefined : 'Please enter a valid date.';
    case 'file_input':
      return refuseFiles(element, value as { name: string }[]);
    case 'url_text_input':
      return URL.canParse(String(value)) ? undefined : 'Please enter a valid URL.';
    default:
      return refuseCount(element, value);
  }
}

function refuseLength(element: Element, length: number): string | undefined {
  const min = Number(element['min_length'] ?? 0);
  const max = Number(element['max_length'] ?? 3000);
  if (length < min) return `Please enter at least ${min} characters.`;
  return length > max ? `Please enter no more than ${max} characters.` : undefined;
}

function refuseNumber(element: Element, value: string): string | undefined {
  const form = element['is_decimal_allowed'] === true ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
  if (!form.test(value))
    return element['is_decimal_allowed'] ? 'Please enter a number.' : 'Please enter a whole number.';
  const { min_value: min, max_value: max } = element;
  if (min !== undefined && Number(value) < Number(min)) return `Please enter a number of at least ${min}.`;
  return max !== undefined && Number(value) > Number(max) ? `Please enter a number of at most ${max}.` : undefined;
}

/** A day of the calendar: the 30th of February is none. */
function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) && text.length === 10;
}

/** The endings are a convenience of the client: an app has to look at what it got. */
function refuseFiles(element: Element, files: { name: string }[]): string | undefined {
  const max = Number(element['max_files'] ?? 10);
  if (files.length > max) return `Please choose no more than ${max} ${max === 1 ? 'file' : 'files'}.`;
  const endings = element['filetypes'] as string[] | undefined;
  return endings && !files.every(({ name }) => endings.includes(endingOf(name)))
    ? `Please choose files of these types: ${endings.join(', ')}.`
    : undefined;
}

function refuseCount(element: Element, value: unknown): string | undefined {
  const max = element['max_selected_items'];
  return Array.isArray(value) && typeof max === 'number' && value.length > max
    ? `Please choose no more than ${max}.`
    : undefined;
}
