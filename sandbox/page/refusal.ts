import { type Child, h } from './dom.ts';
import { icon } from './icons.ts';
import { changed, state } from './state.ts';

/** What the server refused, shown where it was tried. */
export function refusal(key: string): Child {
  const text = state.refusals.get(key);
  if (!text) return undefined;
  const dismiss = () => {
    state.refusals.delete(key);
    changed();
  };
  return h(
    'div',
    { class: 'notice notice-error refusal', role: 'alert', key: 'refusal' },
    icon('warning'),
    h('p', {}, text),
    h(
      'button',
      { type: 'button', class: 'button button-icon', 'aria-label': 'Dismiss', on: { click: dismiss } },
      icon('close'),
    ),
  );
}
