import type { Conversation } from '../contract.ts';
import { appMark, avatar } from './avatar.ts';
import { perform } from './connection.ts';
import { type Child, h } from './dom.ts';
import { icon } from './icons.ts';
import { bot, isWaiting, personNamed } from './state.ts';

/** Who is in a channel, and whether the app is: without it some of Slack's methods fail, which is worth trying. */
export function memberDetails(conversation: Conversation): Child {
  if (conversation.kind === 'dm') return undefined;
  const count = conversation.memberIds.length;
  return h(
    'details',
    { class: 'members popover', key: `members ${conversation.id}` },
    h('summary', { class: 'button' }, icon('people'), `${count}`, h('span', { class: 'visually-hidden' }, ' members')),
    h(
      'div',
      { class: 'popover-panel' },
      h('h2', {}, 'Members'),
      h(
        'ul',
        {},
        conversation.memberIds.map((id) => {
          const person = personNamed(id);
          return h('li', { key: id }, avatar(person), person?.name ?? id, appMark(person));
        }),
      ),
      inviteButton(conversation),
    ),
  );
}

function inviteButton(conversation: Conversation): Child {
  const name = bot()?.name ?? 'the app';
  const member = !conversation.botIsMember;
  const invite = () =>
    void perform(
      'invite',
      { conversationId: conversation.id, member },
      { busy: `invite ${conversation.id}`, refusal: `conversation ${conversation.id}` },
    );
  return h(
    'button',
    {
      type: 'button',
      class: 'button',
      'aria-busy': isWaiting(`invite ${conversation.id}`) ? 'true' : undefined,
      on: { click: invite },
    },
    member ? `Invite ${name}` : `Remove ${name}`,
  );
}
