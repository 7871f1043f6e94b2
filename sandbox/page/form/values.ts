import type { Block, StateValues } from '../../contract.ts';
import { type Element, type Option, optionsOf } from '../blocks/shape.ts';

/**
 * What people typed and chose, in Slack's own shape, by surface (a view, a message, the Home) and field.
 * A field is known by block_id, action_id and type together: a new view keeps what was typed wherever all three stay,
 * and starts anew wherever one differs.
 */
export type FieldValue = { type: string; [key: string]: unknown };
export type Field = { blockId: string; element: Element };

const typed = new Map<string, Map<string, FieldValue>>();

const fieldKey = ({ blockId, element }: Field): string => [blockId, element.action_id, element.type].join('\n');

export function fieldValue(surfaceKey: string, field: Field): FieldValue {
  const value = typed.get(surfaceKey)?.get(fieldKey(field));
  return value ? stillOffered(field.element, value) : initialValue(field.element);
}

export function setValue(surfaceKey: string, field: Field, value: Record<string, unknown>): void {
  const fields = typed.get(surfaceKey) ?? new Map<string, FieldValue>();
  typed.set(surfaceKey, fields.set(fieldKey(field), { type: field.element.type, ...value }));
}

/** Forgets surfaces that are gone and fields that a new view no longer has. */
export function keepOnly(surfaces: Map<string, Block[]>): void {
  for (const [key, fields] of typed) {
    const blocks = surfaces.get(key);
    if (!blocks) {
      typed.delete(key);
      continue;
    }
    const present = new Set(fieldsOf(blocks).map(fieldKey));
    for (const field of fields.keys()) if (!present.has(field)) fields.delete(field);
  }
}

/** Every element with a state: inputs, and choices in sections and actions. */
export function fieldsOf(blocks: Block[]): Field[] {
  return blocks.flatMap((block) => {
    const blockId = block.block_id ?? '';
    return elementsOf(block)
      .filter((element) => element.type in EMPTY)
      .map((element) => ({ blockId, element }));
  });
}

function elementsOf(block: Block): Element[] {
  if (block.type === 'input') return [block['element'] as Element];
  if (block.type === 'actions') return block['elements'] as Element[];
  if (block.type === 'section' && block['accessory']) return [block['accessory'] as Element];
  return [];
}

export function stateValues(surfaceKey: string, blocks: Block[]): StateValues {
  const values: StateValues = {};
  for (const field of fieldsOf(blocks)) {
    const block = values[field.blockId] ?? {};
    block[field.element.action_id ?? ''] = fieldValue(surfaceKey, field);
    values[field.blockId] = block;
  }
  return values;
}

type Shape = { key: string; empty: unknown; initial?: keyof Element };
const text: Shape = { key: 'value', empty: null, initial: 'initial_value' };
const option: Shape = { key: 'selected_option', empty: null, initial: 'initial_option' };
const options: Shape = { key: 'selected_options', empty: [], initial: 'initial_options' };

/** Where each kind of element keeps its value. Buttons and overflow menus have none. */
const EMPTY: Record<string, Shape> = {
  plain_text_input: text,
  email_text_input: text,
  url_text_input: text,
  number_input: text,
  static_select: option,
  external_select: option,
  radio_buttons: option,
  multi_static_select: options,
  multi_external_select: options,
  checkboxes: options,
  users_select: { key: 'selected_user', empty: null, initial: 'initial_user' },
  multi_users_select: { key: 'selected_users', empty: [], initial: 'initial_users' },
  conversations_select: { key: 'selected_conversation', empty: null, initial: 'initial_conversation' },
  multi_conversations_select: { key: 'selected_conversations', empty: [], initial: 'initial_conversations' },
  channels_select: { key: 'selected_channel', empty: null, initial: 'initial_channel' },
  multi_channels_select: { key: 'selected_channels', empty: [], initial: 'initial_channels' },
  datepicker: { key: 'selected_date', empty: null, initial: 'initial_date' },
  timepicker: { key: 'selected_time', empty: null, initial: 'initial_time' },
  datetimepicker: { key: 'selected_date_time', empty: null, initial: 'initial_date_time' },
  rich_text_input: { key: 'rich_text_value', empty: null, initial: 'initial_value' },
  file_input: { key: 'files', empty: [] },
};

/** The name under which an element of this type keeps its value: `selected_option`, `value`, ... */
export const valueKey = (type: string): string => EMPTY[type]?.key ?? 'value';

export const currentValue = (surfaceKey: string, field: Field): unknown =>
  fieldValue(surfaceKey, field)[valueKey(field.element.type)];

export const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

function emptyValue(element: Element): FieldValue {
  const shape = EMPTY[element.type] ?? text;
  return { type: element.type, [shape.key]: shape.empty };
}

function initialValue(element: Element): FieldValue {
  const shape = EMPTY[element.type] ?? text;
  return { type: element.type, [shape.key]: (shape.initial && element[shape.initial]) ?? shape.empty };
}

/** After an update a choice may no longer exist; then it is no choice. What the bot alone knows is left as it is. */
function stillOffered(element: Element, value: FieldValue): FieldValue {
  if (element.type.endsWith('external_select')) return value;
  const offered = (chosen: Option) => optionsOf(element).some((candidate) => candidate.value === chosen.value);
  const one = value['selected_option'] as Option | null | undefined;
  const several = value['selected_options'] as Option[] | undefined;
  if (one && !offered(one)) return emptyValue(element);
  return several && !several.every(offered) ? { ...value, selected_options: several.filter(offered) } : value;
}
