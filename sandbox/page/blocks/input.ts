import type { Block } from '../../contract.ts';
import { type Child, h } from '../dom.ts';
import { elementControl } from './element.ts';
import type { InputBlock } from './shape.ts';
import { fieldId, type Surface } from './surface.ts';
import { plainText } from './text.ts';

/** Kinds that are several controls: their label is a legend. */
const GROUPS = new Set(['checkboxes', 'radio_buttons']);

/** A labelled field with its hint and its error, all bound to the control for whoever cannot see them. */
export function inputBlock(surface: Surface, block: Block, blockId: string): Child {
  const { element, label, hint, optional, dispatch_action } = block as unknown as InputBlock;
  const id = fieldId(surface, blockId, element);
  const error = surface.errors[blockId];
  const hintId = hint && `${id}-hint`;
  const errorId = error && `${id}-error`;
  const isGroup = GROUPS.has(element.type);
  const control = elementControl({
    surface,
    blockId,
    element,
    label: { id: `${id}-label`, bound: true },
    describedBy: [hintId, errorId].filter(Boolean).join(' ') || undefined,
    invalid: error !== undefined,
    required: !optional,
    dispatches: dispatch_action === true,
    isInput: true,
  });
  return h(
    isGroup ? 'fieldset' : 'div',
    {
      class: 'input',
      ...(isGroup && { 'aria-describedby': [hintId, errorId].filter(Boolean).join(' ') || undefined }),
    },
    h(
      isGroup ? 'legend' : 'label',
      { class: 'input-label', id: `${id}-label`, ...(!isGroup && { for: id }) },
      plainText(label),
      optional && h('span', { class: 'optional' }, ' (optional)'),
    ),
    control,
    error &&
      h('p', { class: 'input-error', id: errorId, role: 'alert', key: 'error' }, h('strong', {}, 'Error: '), error),
    hint && h('p', { class: 'input-hint', id: hintId, key: 'hint' }, plainText(hint)),
  );
}
