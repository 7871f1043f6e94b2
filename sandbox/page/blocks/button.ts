import { type Child, h } from '../dom.ts';
import { isWaiting } from '../state.ts';
import { isSafeAddress } from '../text/link.ts';
import { type Control, controlId } from './control.ts';
import { act, actKey, afterConfirming } from './surface.ts';
import { plainText } from './text.ts';

export function button(control: Control): Child {
  const { surface, blockId, element } = control;
  const busy = isWaiting(actKey(surface, blockId, element));
  const { text, value, style, url } = element;
  const send = () =>
    void act(surface, blockId, element, { text, ...(value !== undefined && { value }), ...(style && { style }) });
  const press = () => {
    if (!busy) afterConfirming(element.confirm, send);
  };
  const shared = {
    id: controlId(control),
    key: `${element.type} ${element.action_id ?? ''}`,
    class: `button${style ? ` button-${style}` : ''}`,
    'aria-label': element.accessibility_label,
    'aria-busy': busy ? 'true' : undefined,
  };
  const label = [busy && h('span', { class: 'spinner', 'aria-hidden': 'true' }), plainText(text)];
  if (url && isSafeAddress(url)) {
    const address = { href: url, target: '_blank', rel: 'noopener noreferrer' };
    return h('a', { ...shared, ...address, on: { click: send } }, label);
  }
  return h('button', { ...shared, type: 'button', on: { click: press } }, label);
}
