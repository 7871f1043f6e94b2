import type { Conversation } from '../contract.ts';
import { appMark } from './avatar.ts';
import { type Child, h } from './dom.ts';
import { icon } from './icons.ts';
import { bot, botConversation } from './state.ts';

/** The heading of what is open, and for the app its two tabs, as in Slack. */
export function placeHeader(place: 'home' | Conversation, details: Child): Child {
  const messages = botConversation();
  const isApp = place === 'home' || place.id === messages?.id;
  return h(
    'header',
    { class: 'place-header', key: 'place-header' },
    h('a', { class: 'button button-icon back', href: '#', 'aria-label': 'All conversations' }, icon('back')),
    h(
      'h1',
      { tabindex: '-1', id: 'place-title' },
      place !== 'home' && place.kind !== 'dm' && icon(place.kind === 'private' ? 'private' : 'channel'),
      place !== 'home' && place.kind === 'private' && h('span', { class: 'visually-hidden' }, 'Private channel '),
      place === 'home' ? (bot()?.name ?? 'Home') : place.name,
      isApp && appMark(bot()),
    ),
    isApp &&
      h(
        'nav',
        { class: 'tabs', 'aria-label': 'App' },
        h('a', { href: '#home', 'aria-current': place === 'home' ? 'page' : undefined }, 'Home'),
        messages &&
          h('a', { href: `#${messages.id}`, 'aria-current': place === 'home' ? undefined : 'page' }, 'Messages'),
      ),
    details,
  );
}
