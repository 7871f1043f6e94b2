import { type Child, h } from '../dom.ts';

/** What the page cannot show is said, never left out in silence. */
export function unknown(kind: string, type: string): Child {
  return h('span', { class: 'unknown' }, `The sandbox's page does not show this kind of ${kind} (${type}); Slack may.`);
}
