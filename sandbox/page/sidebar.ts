import type { Conversation, Person, Scene } from '../contract.ts';
import { appMark, avatar } from './avatar.ts';
import { demoStrip } from './demo.ts';
import { type Child, h } from './dom.ts';
import { helpStrip } from './help.ts';
import { icon } from './icons.ts';
import { bot, botConversation, changed, openPlace, state } from './state.ts';

export function sidebar(scene: Scene): Child {
  const app = botConversation();
  const channels = scene.conversations.filter((conversation) => conversation.kind !== 'dm');
  const directs = scene.conversations.filter((conversation) => conversation.kind === 'dm' && conversation !== app);
  return h(
    'div',
    { class: 'sidebar', key: 'sidebar' },
    h(
      'header',
      { class: 'workspace' },
      h('span', { class: 'workspace-seal', 'aria-hidden': 'true' }, icon('seal')),
      h(
        'div',
        {},
        h('p', { class: 'workspace-name' }, scene.workspace.name),
        h('p', { class: 'workspace-kind' }, 'Sandbox workspace'),
      ),
    ),
    switcher(scene),
    h(
      'nav',
      { class: 'places', 'aria-label': 'Conversations' },
      group('App', [
        h(
          'li',
          { key: 'home' },
          h('a', { href: '#home', ...current(openPlace() === 'home') }, icon('home'), h('span', {}, 'Home')),
        ),
        app && conversationItem(app),
      ]),
      group('Channels', channels.map(conversationItem)),
      directs.length > 0 && group('Direct messages', directs.map(conversationItem)),
    ),
    // On a narrow screen the list comes first, and a conversation needs its height.
    state.narrow && helpStrip(scene),
    state.narrow && demoStrip(scene),
    !state.helpShown &&
      h(
        'button',
        { type: 'button', class: 'button help-button', key: 'help', on: { click: showHelp } },
        icon('help'),
        'How this works',
      ),
  );
}

function showHelp(): void {
  state.helpShown = true;
  changed();
}

function group(title: string, items: Child): Child {
  const id = `group-${title.replaceAll(' ', '-')}`;
  return h('section', { key: title, 'aria-labelledby': id }, h('h2', { id }, title), h('ul', { role: 'list' }, items));
}

const current = (is: boolean) => ({ 'aria-current': is ? 'page' : undefined });

function conversationItem(conversation: Conversation): Child {
  const { id, kind, name, unread } = conversation;
  const isApp = conversation === botConversation();
  const place = openPlace();
  return h(
    'li',
    { key: id },
    h(
      'a',
      {
        href: `#${id}`,
        class: unread > 0 ? 'unread' : undefined,
        ...current(typeof place === 'object' && place.id === id),
      },
      icon(isApp ? 'seal' : kind === 'dm' ? 'people' : kind === 'private' ? 'private' : 'channel'),
      h('span', {}, name),
      isApp && appMark(bot()),
      unread > 0 && h('span', { class: 'badge' }, String(unread), h('span', { class: 'visually-hidden' }, ' unread')),
    ),
  );
}

/** Links, so that another person opens beside this one with the browser's own "new tab". */
function switcher(scene: Scene): Child {
  const { me } = scene;
  return h(
    'details',
    { class: 'switcher popover', key: 'switcher' },
    h(
      'summary',
      { 'aria-label': `You are ${me.realName || me.name}, ${me.title}. Switch person` },
      avatar(me),
      h(
        'span',
        { class: 'person' },
        h('strong', {}, me.realName || me.name),
        h('span', { class: 'person-title' }, me.title),
      ),
      icon('chevron'),
    ),
    h(
      'div',
      { class: 'popover-panel' },
      h('p', { class: 'switcher-hint' }, 'Be somebody else. In a new tab you keep what only you can see here.'),
      h(
        'ul',
        { role: 'list' },
        scene.people.filter((person) => !person.isBot).map((person) => personItem(person, me)),
      ),
    ),
  );
}

function personItem(person: Person, me: Person): Child {
  const address = `?as=${encodeURIComponent(person.id)}`;
  return h(
    'li',
    { key: person.id },
    h(
      'a',
      { href: address, class: 'person-link', 'aria-current': person.id === me.id ? 'true' : undefined },
      avatar(person),
      h(
        'span',
        { class: 'person' },
        h('strong', {}, person.realName || person.name),
        h('span', { class: 'person-title' }, person.title),
      ),
    ),
    h(
      'a',
      {
        href: address,
        target: '_blank',
        class: 'button button-icon',
        'aria-label': `Open as ${person.name} in a new tab`,
        title: 'Open in a new tab',
      },
      icon('open'),
    ),
  );
}
