import { copyText } from '../copy.ts';
import { type Child, domId, h } from '../dom.ts';
import { icon } from '../icons.ts';

/** Exact text, with a button that copies all of it: certificates and keys are meant to be taken away. */
export function preformatted(text: string, key: string): Child {
  const pem = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text);
  const what = pem ? pem[1]?.toLowerCase() : 'code';
  const id = domId('pre', key);
  return h(
    'div',
    { class: pem ? 'preformatted' : 'preformatted preformatted-plain', key: `pre-${key}` },
    h(
      'div',
      { class: 'preformatted-bar' },
      pem && h('span', { class: 'preformatted-what' }, `PEM · ${what}`),
      h(
        'button',
        {
          type: 'button',
          class: 'button button-small',
          'aria-label': `Copy ${what}`,
          on: { click: () => void copyText(text, document.getElementById(id), what ?? 'code') },
        },
        icon('copy'),
        'Copy',
      ),
    ),
    h('pre', { id, tabindex: '0', 'aria-label': what }, text),
  );
}
