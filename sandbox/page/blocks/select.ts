import { type Child, h } from '../dom.ts';
import { currentValue } from '../form/values.ts';
import { candidates } from './candidates.ts';
import { type Control, choose, controlAttributes } from './control.ts';
import type { Element, Option } from './shape.ts';
import { plainText } from './text.ts';

/** One choice from a known list: the browser's own select, which every keyboard and phone already knows. */
export function menuSelect(control: Control): Child {
  const { surface, element } = control;
  const options = candidates(element);
  const before = currentValue(surface.key, control);
  const holdsOption = element.type === 'static_select';
  const chosen = holdsOption ? (before as Option | null)?.value : (before as string | null);
  const pick = (event: Event) => {
    const { value } = event.target as HTMLSelectElement;
    const option = options.find((candidate) => candidate.value === value);
    choose(control, option ? (holdsOption ? option : option.value) : null, before);
  };
  return h(
    'span',
    { class: 'select' },
    h(
      'select',
      { ...controlAttributes(control), value: chosen ?? '', on: { change: pick } },
      h(
        'option',
        { value: '', key: '', disabled: control.required === true && control.isInput === true },
        emptyLabel(element),
      ),
      element.option_groups
        ? element.option_groups.map((group) =>
            h(
              'optgroup',
              { label: plainText(group.label), key: `group ${group.label.text}` },
              group.options.map(optionItem),
            ),
          )
        : options.map(optionItem),
    ),
  );
}

const emptyLabel = (element: Element): string => plainText(element.placeholder) || 'Choose…';

function optionItem(option: Option): Child {
  const description = option.description ? ` — ${plainText(option.description)}` : '';
  return h('option', { value: option.value, key: `option ${option.value}` }, plainText(option.text) + description);
}
