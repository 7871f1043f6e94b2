import type { Scene } from '../contract.ts';
import { copyText } from './copy.ts';
import { type Child, h } from './dom.ts';

/** The gateway of this machine: what to do until it asks for certificates, and how to call it. Closed, it is one line. */
export function demoStrip({ demo, me }: Scene): Child {
  if (!demo) return undefined;
  const { site, hostname, withCertificate, withoutCertificate } = demo;
  const command = (text: string) => h('code', {}, text);
  return h(
    'details',
    { class: 'demo', key: 'demo-strip' },
    h('summary', {}, 'Try the gateway ', h('span', { class: 'demo-name' }, hostname)),
    h('p', {}, 'It guards this hostname on this machine, and lets everybody in until it is told otherwise:'),
    h(
      'ol',
      {},
      h('li', {}, 'ada: ', command(`/mtls site add ${site}`)),
      h('li', {}, 'ada: ', command(`/mtls bind ${site}`), ', and add ', command(hostname)),
      h('li', {}, 'ada: ', command(`/mtls waf add ${hostname}`), ', to intercept whoever has no valid certificate'),
      h('li', {}, 'alice: ', command('/mtls issue'), ', then save certificate and key as files'),
      h(
        'li',
        {},
        'With a certificate, in the folder where you saved it (200):',
        withCertificate === undefined
          ? h('p', { class: 'demo-none' }, `${me.name} has none yet: the command appears here.`)
          : copyable('with', withCertificate, 'the command with the certificate'),
      ),
      h('li', {}, 'Without one (403):', copyable('without', withoutCertificate, 'the command without a certificate')),
      h('li', {}, 'alice: ', command('/mtls list'), ', then revoke it; bob approves. Call again with it (403)'),
    ),
  );
}

function copyable(id: string, text: string, what: string): Child {
  const shown = `demo-${id}`;
  const copy = () => void copyText(text, document.getElementById(shown), what);
  return h(
    'div',
    { class: 'demo-command', key: shown },
    h('code', { id: shown }, text),
    h('button', { type: 'button', class: 'button', 'aria-label': `Copy ${what}`, on: { click: copy } }, 'Copy'),
  );
}
