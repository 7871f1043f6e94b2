import { type Field, fieldsOf } from './form.ts';
import type { View } from './state/model.ts';
import { type Element, elementsOf } from './state/store.ts';

/** Finding things as a person does: by what is written on them. What is not there is told with what is. */

/** An element by what is written on it (a label, a button's text), or by its ids. */
export type Which = { text: string } | { action_id: string; block_id?: string } | string;

type Blocks = Pick<View, 'blocks'>;

export function findElement(view: Blocks, which: Which, type: RegExp): { block_id: string; element: Element } {
  const elements = view.blocks.flatMap((block) =>
    elementsOf(block)
      .filter((element) => type.test(String(element['type'])))
      .map((element) => ({ block_id: block.block_id, element })),
  );
  const found = elements.find(({ block_id, element }) => {
    if (typeof which === 'string') return textOf(element) === which || element['action_id'] === which;
    if ('text' in which) return textOf(element) === which.text;
    return element['action_id'] === which.action_id && (which.block_id ?? block_id) === block_id;
  });
  if (found) return found;
  const there = elements.map(({ element }) => `"${textOf(element)}" (${element['action_id']})`).join(', ');
  throw new Error(`There is no ${JSON.stringify(which)} to click; there is: ${there || 'nothing'}.`);
}

export function findField(view: Blocks, which: Which): Field {
  const fields = fieldsOf(view);
  const found = fields.find(({ label, blockId, actionId }) => {
    if (typeof which === 'string') return label === which || blockId === which || actionId === which;
    if ('text' in which) return label === which.text;
    return actionId === which.action_id && (which.block_id ?? blockId) === blockId;
  });
  if (found) return found;
  const there = fields.map(({ label, blockId }) => `"${label}" (${blockId})`).join(', ');
  throw new Error(`There is no field ${JSON.stringify(which)}; there is: ${there || 'none'}.`);
}

export function allOptions(element: Element): Element[] {
  const groups = (element['option_groups'] as Element[] | undefined) ?? [];
  return [
    ...((element['options'] as Element[] | undefined) ?? []),
    ...groups.flatMap((group) => group['options'] as Element[]),
  ];
}

export function findOption(element: Element, wanted: string): Element {
  const options = allOptions(element);
  const found = options.find((option) => textOf(option) === wanted || option['value'] === wanted);
  if (found) return found;
  throw new Error(
    `There is no option "${wanted}"; there is: ${options.map((option) => `"${textOf(option)}"`).join(', ')}.`,
  );
}

function textOf(element: Element): string {
  return (element['text'] as { text?: string } | undefined)?.text ?? '';
}

export function byLabel(view: Blocks, errors: Record<string, string>): Record<string, string> {
  const labels = new Map(fieldsOf(view).map(({ blockId, label }) => [blockId, label]));
  return Object.fromEntries(Object.entries(errors).map(([id, text]) => [labels.get(id) || id, text]));
}
