import type { Conversation, Message } from '../contract.ts';
import { composer } from './composer.ts';
import { perform } from './connection.ts';
import { type Child, h } from './dom.ts';
import { messageItem, sentAt } from './message.ts';
import { refusal } from './refusal.ts';
import { changed, state } from './state.ts';
import { readerZone } from './text/plain.ts';
import { dayKey, dayTitle } from './text/time.ts';

const NEAR_BOTTOM_PX = 80;
let followsEnd = true;
let shownConversation = '';

export function conversationPane(conversation: Conversation): Child {
  const label = conversation.kind === 'dm' ? conversation.name : `#${conversation.name}`;
  return [
    h(
      'div',
      {
        class: 'messages',
        id: 'messages',
        key: `messages ${conversation.id}`,
        tabindex: '0',
        role: 'region',
        'aria-label': `Messages in ${label}`,
        on: { scroll: noticeScroll },
      },
      h('p', { class: 'purpose' }, conversation.purpose || beginning(conversation, label)),
      h('ol', { class: 'message-list', role: 'list' }, withDays(conversation)),
    ),
    !followsEnd &&
      shownConversation === conversation.id &&
      h('button', { type: 'button', class: 'button to-end', key: 'to-end', on: { click: goToEnd } }, 'To the newest'),
    refusal(`conversation ${conversation.id}`),
    composer(conversation, label),
  ];
}

const beginning = (conversation: Conversation, label: string): string =>
  conversation.kind === 'dm' ? `Between you and ${label} alone.` : `This is where ${label} begins.`;

function withDays(conversation: Conversation): Child {
  const zone = readerZone();
  let day = '';
  return conversation.messages.map((message) => {
    const at = sentAt(message);
    const itsDay = Number.isNaN(at.getTime()) ? day : dayKey(at, zone);
    const startsDay = itsDay !== day;
    day = itsDay;
    return [startsDay && dayDivider(message, zone), messageItem(conversation, message)];
  });
}

const dayDivider = (message: Message, zone: string): Child =>
  h('li', { class: 'day', key: `day ${message.ts}` }, h('span', {}, dayTitle(sentAt(message), zone)));

function noticeScroll(event: Event): void {
  const pane = event.currentTarget as HTMLElement;
  const atEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < NEAR_BOTTOM_PX;
  if (atEnd === followsEnd) return;
  followsEnd = atEnd;
  changed();
}

function goToEnd(): void {
  followsEnd = true;
  scrollToEnd();
  changed();
}

function scrollToEnd(): void {
  const pane = document.getElementById('messages');
  if (pane) pane.scrollTop = pane.scrollHeight;
}

/** After each drawing: who was reading the newest message goes on doing so; who scrolled up is left alone. */
export function settleConversation(conversation: Conversation): void {
  if (shownConversation !== conversation.id) {
    shownConversation = conversation.id;
    followsEnd = true;
  }
  if (followsEnd) scrollToEnd();
  markRead(conversation);
}

let marking = '';

function markRead(conversation: Conversation): void {
  const newest = `${conversation.id} ${conversation.messages.at(-1)?.ts ?? ''}`;
  if (conversation.unread === 0 || document.hidden || marking === newest || state.connection !== 'live') return;
  marking = newest;
  void perform('read', { conversationId: conversation.id }, { busy: 'read', refusal: 'read' });
}
