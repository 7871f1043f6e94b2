import { type Child, h } from '../dom.ts';
import { icon } from '../icons.ts';
import { changed, isWaiting } from '../state.ts';
import { isSafeAddress } from '../text/link.ts';
import { type Control, controlId } from './control.ts';
import { type Option, optionsOf } from './shape.ts';
import { act, actKey, afterConfirming } from './surface.ts';
import { plainText } from './text.ts';

let openMenu: string | undefined;

/** The menu behind three dots: a menu button with arrow keys, as the ARIA pattern has it. */
export function overflow(control: Control): Child {
  const { surface, blockId, element, label } = control;
  const id = controlId(control);
  const isOpen = openMenu === id;
  const items = () => [...document.querySelectorAll<HTMLElement>(`#${id}-menu [role=menuitem]`)];

  const open = (focus: 'first' | 'last') => {
    openMenu = id;
    changed();
    queueMicrotask(() =>
      items()
        .at(focus === 'first' ? 0 : -1)
        ?.focus(),
    );
  };
  const close = (keepFocus: boolean) => {
    openMenu = undefined;
    changed();
    if (keepFocus) document.getElementById(id)?.focus();
  };
  const pick = (option: Option) => {
    close(true);
    if (option.url && isSafeAddress(option.url)) window.open(option.url, '_blank', 'noopener,noreferrer');
    afterConfirming(element.confirm, () => void act(surface, blockId, element, { selected_option: option }));
  };
  const onMenuKey = (event: Event) => {
    const { key } = event as KeyboardEvent;
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const targets: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
    const target = targets[key];
    if (key === 'Escape') close(true);
    else if (target === undefined) return;
    else all.at(target % all.length)?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  const onLeave = (event: Event) => {
    const next = (event as FocusEvent).relatedTarget as Node | null;
    if (isOpen && !(event.currentTarget as Element).contains(next)) close(false);
  };

  return h(
    'div',
    { class: 'overflow', key: `overflow ${element.action_id ?? ''}`, on: { focusout: onLeave } },
    h(
      'button',
      {
        type: 'button',
        id,
        class: 'button button-icon',
        'aria-haspopup': 'menu',
        'aria-expanded': String(isOpen),
        'aria-controls': isOpen ? `${id}-menu` : undefined,
        'aria-label': 'More actions',
        'aria-describedby': label?.id,
        'aria-busy': isWaiting(actKey(surface, blockId, element)) ? 'true' : undefined,
        on: {
          click: () => (isOpen ? close(true) : open('first')),
          keydown: (event) => {
            const { key } = event as KeyboardEvent;
            if (key !== 'ArrowDown' && key !== 'ArrowUp') return;
            event.preventDefault();
            open(key === 'ArrowDown' ? 'first' : 'last');
          },
        },
      },
      icon('more'),
    ),
    isOpen &&
      h(
        'div',
        { class: 'menu', role: 'menu', id: `${id}-menu`, 'aria-labelledby': id, on: { keydown: onMenuKey } },
        optionsOf(element).map((option) =>
          h(
            'button',
            { type: 'button', role: 'menuitem', tabindex: '-1', key: option.value, on: { click: () => pick(option) } },
            plainText(option.text),
            option.description && h('span', { class: 'choice-more' }, plainText(option.description)),
          ),
        ),
      ),
  );
}
