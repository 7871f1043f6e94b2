import type { Scene } from '../contract.ts';
import { connectionNotice, problemBanner } from './banner.ts';
import { withIds } from './blocks/surface.ts';
import { confirmationDialog } from './confirmation.ts';
import { connect } from './connection.ts';
import { conversationPane, settleConversation } from './conversation.ts';
import { demoStrip } from './demo.ts';
import { type Child, h, render } from './dom.ts';
import { keepOnly } from './form/values.ts';
import { helpStrip, wasHelpDismissed } from './help.ts';
import { HOME_KEY, homePane, settleHome } from './home.ts';
import { memberDetails } from './members.ts';
import { messageSurface } from './message.ts';
import { modalDialogs, settleModal } from './modal.ts';
import { placeHeader } from './place-header.ts';
import { closePopovers } from './popover.ts';
import { sidebar } from './sidebar.ts';
import { changed, onChange, openPlace, state } from './state.ts';

const RELATIVE_TIMES_MS = 30_000;
const narrowScreen = matchMedia('(max-width: 719px)');
const root = document.getElementById('app') as HTMLElement;

let drawnScene: Scene | undefined;

function draw(): void {
  if (state.scene !== drawnScene) forgetFieldsThatAreGone();
  drawnScene = state.scene;
  render(root, state.scene ? workspace() : opening());
  settle();
}

function workspace(): Child {
  const { scene } = state;
  if (!scene) return undefined;
  const place = openPlace();
  return [
    h('a', { class: 'skip-link', href: '#place-title', on: { click: skipToPlace } }, 'Skip to the conversation'),
    h(
      'div',
      { class: 'shell', 'data-screen': place ? 'place' : 'list', key: 'shell' },
      sidebar(scene),
      h(
        'main',
        { class: 'place', key: 'main' },
        place && placeHeader(place, place === 'home' ? undefined : memberDetails(place)),
        connectionNotice(),
        problemBanner(),
        !state.narrow && helpStrip(scene),
        !state.narrow && demoStrip(scene),
        place === 'home' ? homePane() : place ? conversationPane(place) : undefined,
      ),
    ),
    h(
      'div',
      { class: 'visually-hidden', role: 'status', key: 'announcements', id: 'announcements' },
      state.announcement,
    ),
    modalDialogs(),
    confirmationDialog(),
  ];
}

function opening(): Child {
  const refused = state.connection === 'refused';
  return h(
    'main',
    { class: 'opening' },
    h('h1', {}, 'Countersign sandbox'),
    h(
      'p',
      { role: 'status' },
      refused
        ? 'The sandbox did not let this page in, or is not running. Open the whole address it printed, with its token; this page keeps trying.'
        : 'Opening the workspace…',
    ),
  );
}

function skipToPlace(event: Event): void {
  event.preventDefault();
  document.getElementById('place-title')?.focus();
}

function settle(): void {
  const place = openPlace();
  settleHome(place === 'home');
  if (typeof place === 'object') settleConversation(place);
  settleModal();
  const unread = state.scene?.conversations.reduce((sum, conversation) => sum + conversation.unread, 0) ?? 0;
  const name = place === 'home' ? 'Home' : place?.name;
  document.title = `${unread > 0 ? `(${unread}) ` : ''}${name ? `${name} · ` : ''}Countersign sandbox`;
}

function forgetFieldsThatAreGone(): void {
  const { scene } = state;
  if (!scene) return;
  const surfaces = new Map(scene.modals.map(({ view }) => [view.id, withIds(view.blocks)]));
  if (scene.home) surfaces.set(HOME_KEY, withIds(scene.home.blocks));
  for (const conversation of scene.conversations) {
    for (const message of conversation.messages) {
      const { key, blocks } = messageSurface(conversation, message);
      if (blocks.length > 0) surfaces.set(key, blocks);
    }
  }
  keepOnly(surfaces);
}

function readAddress(): void {
  state.place = decodeURIComponent(location.hash.slice(1));
  state.narrow = narrowScreen.matches;
  changed();
}

onChange(draw);
state.helpShown = !wasHelpDismissed();
readAddress();
addEventListener('hashchange', readAddress);
narrowScreen.addEventListener('change', readAddress);
document.addEventListener('visibilitychange', () => changed());
closePopovers();
setInterval(() => changed(), RELATIVE_TIMES_MS);
connect(new URLSearchParams(location.search).get('as') ?? undefined);
