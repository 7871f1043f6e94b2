import type * as Page from '../../contract.ts';
import type { Person } from '../person.ts';
import { kindOf } from '../state/file-kinds.ts';
import { BOT_USER, type Conversation, type Message, type StoredFile, type User } from '../state/model.ts';
import type { World } from '../world.ts';
import { buildDemo } from './demo.ts';

/** Older messages of a conversation stay in the workspace; the page shows this many. */
const MESSAGES_SHOWN = 200;

export const COMMANDS: Page.SlashCommand[] = [
  {
    command: '/mtls',
    description: 'Create and manage client certificates',
    usageHint:
      'issue | list | show | revoke | bind | bindings | site list | site add | ca | waf list | key list | edge list | audit | settings | help',
  },
];

/** All that one window shows. */
export function buildScene(world: World, person: Person): Page.Scene {
  const { team, users, usergroups, conversations } = world.store.workspace;
  const visible = conversations
    .filter(({ memberIds }) => memberIds.includes(person.id))
    .map((conversation) => conversationJson(world, person, conversation));
  return {
    client: person.client.id,
    workspace: { name: team.name, teamId: team.id },
    me: personJson(world.store.userOrThrow(person.id)),
    people: users.map(personJson),
    groups: usergroups.map(({ id, handle, name }) => ({ id, handle, name })),
    conversations: visible,
    home: person.home,
    modals: person.modals.map(({ view, errors, busy }) => ({ view, errors, busy })),
    problems: world.problems,
    commands: COMMANDS,
    demo: buildDemo(visible, world.demo),
  };
}

function personJson({ id, name, realName, title, isBot, timeZone }: User): Page.Person {
  return { id, name, realName, title, isBot, timeZone };
}

function conversationJson(world: World, person: Person, conversation: Conversation): Page.Conversation {
  const { id, kind, purpose, memberIds } = conversation;
  const lasting = world.store.messagesIn(id).map((message) => messageJson(world, message, false));
  const ephemeral = person.ephemerals(id).map((message) => messageJson(world, message, true));
  const other = memberIds.find((memberId) => memberId !== person.id);
  return {
    id,
    kind,
    name: kind === 'dm' ? (world.store.user(other)?.name ?? '') : conversation.name,
    purpose,
    memberIds,
    botIsMember: memberIds.includes(BOT_USER),
    unread: world.store.unread(person.id, id),
    messages: [...lasting, ...ephemeral].sort((a, b) => Number(a.ts) - Number(b.ts)).slice(-MESSAGES_SHOWN),
  };
}

function messageJson(world: World, message: Message, ephemeral: boolean): Page.Message {
  const { ts, authorId, text, blocks, editedTs } = message;
  const files = world.files.of(message).map(sharedFile);
  return { ts, authorId, text, blocks, ephemeral, edited: editedTs !== undefined, files };
}

export function sharedFile(file: StoredFile): Page.SharedFile {
  const { id, name, title, sizeBytes } = file;
  return { id, name, title, sizeBytes, kind: kindOf(file).pretty_type };
}
