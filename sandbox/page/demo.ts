import type { Scene } from '../contract.ts';
import { copyText } from './copy.ts';
import { type Child, h } from './dom.ts';

const SHOWN = 'demo-command';

/** How to call the sandbox's gateway with the newest certificate, once there is one. */
export function demoStrip({ demoCommand }: Scene): Child {
  if (demoCommand === undefined) return undefined;
  const copy = () => void copyText(demoCommand, document.getElementById(SHOWN), 'the command');
  return h(
    'aside',
    { class: 'help demo', key: 'demo-strip', 'aria-label': 'Call the gateway' },
    h(
      'div',
      {},
      h('p', {}, 'Call the gateway of this machine with your newest certificate, from the folder where you saved it:'),
      h('p', {}, h('code', { id: SHOWN }, demoCommand)),
    ),
    h('button', { type: 'button', class: 'button', on: { click: copy } }, 'Copy'),
  );
}
