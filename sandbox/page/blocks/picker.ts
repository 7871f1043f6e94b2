import { type Child, h } from '../dom.ts';
import { icon } from '../icons.ts';
import { changed } from '../state.ts';
import { candidates } from './candidates.ts';
import { type Control, controlAttributes, controlId } from './control.ts';
import { chosenOptions, isMultiple, pickOption, removeOption } from './picker-value.ts';
import type { Option } from './shape.ts';
import { loadOptions } from './suggestions.ts';
import { plainText } from './text.ts';

/**
 * A box to search in with a list below it (ARIA combobox): for lists that only the bot knows, and for several choices.
 * While closed it shows the choice; while open it shows what is being searched.
 */
type Search = { query: string; open: boolean; active: number; options: Option[]; note: string };
const searches = new Map<string, Search>();

export function picker(control: Control): Child {
  const { element } = control;
  const id = controlId(control);
  const search = searches.get(id) ?? { query: '', open: false, active: -1, options: [], note: '' };
  searches.set(id, search);
  const chosen = chosenOptions(control);
  const several = isMultiple(element.type);
  const isRemote = element.type.endsWith('external_select');
  const single = several ? undefined : chosen[0];

  const update = (change: Partial<Search>) => {
    Object.assign(search, change);
    changed(control.surface.key);
  };
  const look = (query: string) => {
    update({ query, open: true, active: -1 });
    if (!isRemote) return update({ ...found(candidates(element), query) });
    update({ note: 'Loading…' });
    loadOptions(control, query, (answer) => update({ ...answer, active: -1 }));
  };
  const pick = (option: Option) => {
    pickOption(control, option);
    update({ query: '', open: false, active: -1 });
    if (several) look('');
  };
  const close = () => update({ open: false, active: -1, query: '' });

  const onInput = (event: Event) => {
    const { value } = event.target as HTMLInputElement;
    if (single && value === '') removeOption(control, single);
    look(value);
  };
  const onKeydown = (event: Event) => {
    const { key, isComposing } = event as KeyboardEvent;
    if (isComposing) return;
    const count = search.options.length;
    const active = search.options[search.active];
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      if (!search.open) look(search.query);
      else if (count > 0) update({ active: (search.active + (key === 'ArrowDown' ? 1 : count)) % count });
    } else if (key === 'Enter') {
      if (search.open && active) pick(active);
    } else if (key === 'Escape' && search.open) {
      close();
      event.stopPropagation();
    } else if (key === 'Backspace' && several && search.query === '' && chosen.length > 0) {
      removeOption(control, chosen.at(-1) as Option);
    } else return;
    event.preventDefault();
  };

  const input = h('input', {
    ...controlAttributes(control),
    class: 'text-input',
    key: 'search',
    type: 'text',
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-autocomplete': 'list',
    'aria-expanded': String(search.open),
    'aria-controls': `${id}-list`,
    'aria-activedescendant': search.active >= 0 ? `${id}-option-${search.active}` : undefined,
    placeholder: several && chosen.length > 0 ? 'Add another' : plainText(element.placeholder) || 'Search',
    value: search.open || !single ? search.query : plainText(single.text),
    on: {
      input: onInput,
      keydown: onKeydown,
      click: () => !search.open && look(''),
      blur: () => search.open && close(),
    },
  });

  const isChosen = (option: Option) => chosen.some((other) => other.value === option.value);
  const list = h(
    'div',
    { class: 'picker-list', key: 'list', hidden: !search.open, on: { mousedown: (event) => event.preventDefault() } },
    h('p', { class: 'picker-note', role: 'status', key: 'note' }, search.note),
    h(
      'div',
      {
        role: 'listbox',
        id: `${id}-list`,
        'aria-label': 'Choices',
        'aria-multiselectable': several ? 'true' : undefined,
      },
      search.options.map((option, index) =>
        h(
          'div',
          {
            role: 'option',
            key: option.value,
            id: `${id}-option-${index}`,
            class: index === search.active ? 'option option-active' : 'option',
            'aria-selected': String(isChosen(option)),
            on: { click: () => pick(option) },
          },
          h('span', {}, plainText(option.text), isChosen(option) && icon('check')),
          option.description && h('span', { class: 'choice-more' }, plainText(option.description)),
        ),
      ),
    ),
  );

  return h(
    'div',
    { class: 'picker', key: `picker ${id}` },
    several &&
      chosen.length > 0 &&
      h(
        'ul',
        { class: 'chips', key: 'chips' },
        chosen.map((option) => chip(control, option)),
      ),
    input,
    list,
  );
}

function found(options: Option[], query: string): Pick<Search, 'options' | 'note'> {
  const wanted = query.trim().toLowerCase();
  const matching = options.filter((option) => plainText(option.text).toLowerCase().includes(wanted));
  return { options: matching, note: matching.length > 0 ? '' : 'Nothing matches.' };
}

function chip(control: Control, option: Option): Child {
  const name = plainText(option.text);
  const removal = { 'aria-label': `Remove ${name}`, on: { click: () => removeOption(control, option) } };
  return h(
    'li',
    { class: 'chip', key: option.value },
    name,
    h('button', { type: 'button', ...removal }, icon('close')),
  );
}
