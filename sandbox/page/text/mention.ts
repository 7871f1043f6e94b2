import { type Child, h } from '../dom.ts';
import { state } from '../state.ts';
import { channelLabel, groupLabel, personLabel, readerZone } from './plain.ts';
import { fullTime, slackDate } from './time.ts';

export function personMention(id: string): Child {
  const isMe = id === state.scene?.me.id;
  return h('span', { class: isMe ? 'mention mention-me' : 'mention' }, personLabel(id));
}

/** Slack shows the group's handle as it is now, whatever the text called it. */
export function groupMention(id: string, label?: string): Child {
  const known = state.scene?.groups.find((group) => group.id === id);
  return h('span', { class: 'mention', title: known?.name }, known ? `@${known.handle}` : (label ?? groupLabel(id)));
}

export function channelMention(id: string): Child {
  const known = state.scene?.conversations.some((conversation) => conversation.id === id);
  return known
    ? h('a', { class: 'mention', href: `#${id}` }, channelLabel(id))
    : h('span', { class: 'mention' }, channelLabel(id));
}

/** A moment in the reader's zone; the fallback when it is no moment at all. */
export function moment(epochSeconds: number, format: string, fallback: string): Child {
  const date = new Date(epochSeconds * 1000);
  if (Number.isNaN(date.getTime())) return fallback;
  const zone = readerZone();
  return h('time', { datetime: date.toISOString(), title: fullTime(date, zone) }, slackDate(date, format, zone));
}
