import { type Child, h } from '../dom.ts';
import { currentValue } from '../form/values.ts';
import { type Control, choose, controlAttributes } from './control.ts';
import { type Option, optionsOf } from './shape.ts';
import { richText } from './text.ts';

/** Checkboxes and radio buttons: a group of real ones, each with its own label and description. */
export function choices(control: Control): Child {
  const { surface, element } = control;
  const single = element.type === 'radio_buttons';
  const before = currentValue(surface.key, control);
  const chosen = single ? (before ? [before as Option] : []) : (before as Option[]);
  const {
    id,
    'aria-required': required,
    ...group
  } = controlAttributes(control) as { id: string; 'aria-required'?: string };

  const pick = (option: Option, on: boolean) => {
    if (single) return choose(control, option, before);
    const others = chosen.filter((candidate) => candidate.value !== option.value);
    const inOrder = optionsOf(element).filter((candidate) =>
      candidate.value === option.value ? on : others.some((other) => other.value === candidate.value),
    );
    choose(control, inOrder, before);
  };

  const option = (candidate: Option, index: number) => {
    const optionId = `${id}-${index}`;
    return h(
      'div',
      { class: 'choice', key: candidate.value },
      h('input', {
        // The first one carries the field's id, so that errors have somewhere to put the focus.
        id: index === 0 ? id : optionId,
        type: single ? 'radio' : 'checkbox',
        name: id,
        checked: chosen.some((other) => other.value === candidate.value),
        'aria-describedby': candidate.description ? `${optionId}-more` : undefined,
        'aria-invalid': control.invalid ? 'true' : undefined,
        'aria-required': !single && optionsOf(element).length === 1 ? required : undefined,
        on: { change: (event) => pick(candidate, (event.target as HTMLInputElement).checked) },
      }),
      h('label', { for: index === 0 ? id : optionId }, richText(candidate.text, `${optionId}-text`)),
      candidate.description &&
        h('span', { class: 'choice-more', id: `${optionId}-more` }, richText(candidate.description, `${optionId}-d`)),
    );
  };

  const role = control.isInput ? {} : { ...group, role: single ? 'radiogroup' : 'group', 'aria-invalid': undefined };
  return h('div', { class: 'choices', ...role }, optionsOf(element).map(option));
}
