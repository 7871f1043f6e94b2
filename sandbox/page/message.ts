import type { Conversation, Message } from '../contract.ts';
import { appMark, avatar } from './avatar.ts';
import { renderBlocks } from './blocks/block.ts';
import { type Surface, withIds } from './blocks/surface.ts';
import { type Child, domId, h } from './dom.ts';
import { fileList } from './file-list.ts';
import { foundErrors } from './form/errors.ts';
import { icon } from './icons.ts';
import { personNamed, stampOf } from './state.ts';
import { mrkdwn } from './text/mrkdwn.ts';
import { readerZone } from './text/plain.ts';
import { clockTime, fullTime } from './text/time.ts';

export const sentAt = (message: Message): Date => new Date(Number(message.ts) * 1000);

const described = new WeakMap<Message, { stamp: string; item: Child }>();

export function messageItem(conversation: Conversation, message: Message): Child {
  const stamp = stampOf(surfaceKey(conversation, message));
  const known = described.get(message);
  if (known?.stamp === stamp) return known.item;
  const item = describeMessage(conversation, message);
  described.set(message, { stamp, item });
  return item;
}

function describeMessage(conversation: Conversation, message: Message): Child {
  const author = personNamed(message.authorId);
  const id = domId('message', conversation.id, message.ts);
  const surface = messageSurface(conversation, message);
  const classes = ['message', message.ephemeral && 'message-ephemeral', author?.isBot && 'message-app'];
  return h(
    'li',
    { key: id, class: classes.filter(Boolean).join(' ') },
    h(
      'article',
      { 'aria-labelledby': `${id}-author`, tabindex: '-1' },
      message.ephemeral &&
        h(
          'p',
          { class: 'ephemeral-mark' },
          icon('eye'),
          h('strong', {}, 'Only visible to you'),
          h('span', {}, 'Gone when you reload'),
        ),
      avatar(author),
      h(
        'div',
        { class: 'message-body' },
        h(
          'p',
          { class: 'message-head' },
          h('span', { class: 'message-author', id: `${id}-author` }, author?.name ?? message.authorId),
          appMark(author),
          timeOf(message),
        ),
        surface.blocks.length > 0
          ? renderBlocks(surface)
          : message.text !== '' && h('div', { class: 'block message-text' }, mrkdwn(message.text, id)),
        fileList(message.files),
        message.edited && h('p', { class: 'edited' }, '(edited)'),
      ),
    ),
  );
}

const surfaceKey = (conversation: Conversation, message: Message): string => `${conversation.id} ${message.ts}`;

export function messageSurface(conversation: Conversation, message: Message): Surface {
  const key = surfaceKey(conversation, message);
  return {
    key,
    container: { kind: 'message', conversationId: conversation.id, ts: message.ts },
    blocks: withIds(message.blocks),
    errors: foundErrors(key),
    refusalKey: `conversation ${conversation.id}`,
    headingLevel: 3,
    name: `the message of ${clockTime(sentAt(message), readerZone())}`,
  };
}

function timeOf(message: Message): Child {
  const at = sentAt(message);
  if (Number.isNaN(at.getTime())) return undefined;
  const zone = readerZone();
  return h('time', { datetime: at.toISOString(), title: fullTime(at, zone) }, clockTime(at, zone));
}
