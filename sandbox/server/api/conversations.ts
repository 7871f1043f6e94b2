import { messageJson } from '../payloads.ts';
import { BOT_USER, type Conversation } from '../state/model.ts';
import { type Answer, ApiError, type Call, page } from './call.ts';
import { conversationForBot } from './chat.ts';

function conversationJson(conversation: Conversation): Answer {
  const [isDm, isPrivate] = [conversation.kind === 'dm', conversation.kind === 'private'];
  const other = conversation.memberIds.find((id) => id !== BOT_USER);
  return {
    id: conversation.id,
    ...(isDm ? { user: other } : { name: conversation.name, name_normalized: conversation.name }),
    is_channel: conversation.kind === 'channel',
    is_group: isPrivate,
    is_im: isDm,
    is_mpim: false,
    is_private: isDm || isPrivate,
    is_archived: conversation.isArchived,
    is_general: conversation.name === 'general',
    is_member: conversation.memberIds.includes(BOT_USER),
    is_shared: false,
    is_ext_shared: false,
    topic: { value: '', creator: '', last_set: 0 },
    purpose: { value: conversation.purpose, creator: '', last_set: 0 },
  };
}

/** A conversation the bot may know of: public ones, and those it is in. */
function visible(call: Call, id: string): Conversation {
  const conversation = call.world.store.conversation(id);
  if (!conversation || (conversation.kind !== 'channel' && !conversation.memberIds.includes(BOT_USER))) {
    throw new ApiError('channel_not_found');
  }
  return conversation;
}

/** One person: the DM. Groups need a scope (`mpim:write`) that Countersign does not ask for. */
function open(call: Call): Answer {
  const { store } = call.world;
  const channel = call.text('channel');
  if (channel !== undefined) {
    const dm = visible(call, channel);
    if (dm.kind !== 'dm') throw new ApiError('method_not_supported_for_channel_type');
    return { no_op: true, already_open: true, channel: { id: dm.id } };
  }
  const ids = call.required('users').split(',');
  if (ids.length > 8) throw new ApiError('too_many_users');
  const users = ids.map((id) => store.user(id.trim()));
  if (users.includes(undefined)) throw new ApiError('user_not_found');
  if (users.some((user) => user?.deleted)) throw new ApiError('user_disabled');
  const [user, ...others] = users;
  if (!user || others.length > 0) throw new ApiError('missing_scope', { needed: 'mpim:write', provided: 'im:write' });
  if (user.isBot) throw new ApiError('cannot_dm_bot');
  const { dm, isNew } = store.openDm(user.id);
  const already = isNew ? {} : { no_op: true, already_open: true };
  return { ...already, channel: call.flag('return_im') ? conversationJson(dm) : { id: dm.id } };
}

function info(call: Call): Answer {
  const conversation = visible(call, call.required('channel'));
  const count = call.flag('include_num_members') ? { num_members: conversation.memberIds.length } : {};
  return { channel: { ...conversationJson(conversation), ...count } };
}

function members(call: Call): Answer {
  const { items, response_metadata } = page(call, visible(call, call.required('channel')).memberIds, 100);
  return { members: items, response_metadata };
}

const TYPES: Record<string, Conversation['kind'] | 'mpim'> = {
  public_channel: 'channel',
  private_channel: 'private',
  im: 'dm',
  mpim: 'mpim',
};

function list(call: Call): Answer {
  const kinds = (call.text('types') ?? 'public_channel').split(',').map((type) => TYPES[type.trim()]);
  if (kinds.includes(undefined)) throw new ApiError('invalid_types');
  const found = call.world.store.workspace.conversations.filter(
    (conversation) =>
      kinds.includes(conversation.kind) &&
      (conversation.kind === 'channel' || conversation.memberIds.includes(BOT_USER)) &&
      !(conversation.isArchived && call.flag('exclude_archived')),
  );
  const { items, response_metadata } = page(call, found, 100);
  return { channels: items.map(conversationJson), response_metadata };
}

/** Public channels only: nobody adds a bot to a private one but its members. */
function join(call: Call): Answer {
  const conversation = visible(call, call.required('channel'));
  if (conversation.kind !== 'channel') throw new ApiError('method_not_supported_for_channel_type');
  if (conversation.isArchived) throw new ApiError('is_archived');
  const already = conversation.memberIds.includes(BOT_USER);
  if (!already) call.world.store.setMember(conversation.id, BOT_USER, true);
  return { channel: conversationJson(conversation), ...(already ? { warning: 'already_in_channel' } : {}) };
}

/** Newest first; replies in threads are told by `conversations.replies` alone. */
function history(call: Call): Answer {
  const conversation = conversationForBot(call, call.required('channel'));
  const messages = call.world.store
    .messagesIn(conversation.id)
    .filter(({ ts, threadTs }) => (threadTs === undefined || threadTs === ts) && isWithin(call, ts))
    .reverse();
  return messagesPage(call, messages);
}

function replies(call: Call): Answer {
  const conversation = conversationForBot(call, call.required('channel'));
  const root = call.required('ts');
  if (!call.world.store.message(conversation.id, root)) throw new ApiError('thread_not_found');
  const messages = call.world.store
    .messagesIn(conversation.id)
    .filter(({ ts, threadTs }) => ts === root || (threadTs === root && isWithin(call, ts)));
  return messagesPage(call, messages);
}

function messagesPage(call: Call, messages: Parameters<typeof messageJson>[1][]): Answer {
  const { items, response_metadata } = page(call, messages, 100);
  const withMetadata = call.flag('include_all_metadata');
  return {
    messages: items.map((message) => messageJson(call.world, message, withMetadata)),
    has_more: response_metadata['next_cursor'] !== '',
    response_metadata,
  };
}

function isWithin(call: Call, ts: string): boolean {
  const [oldest, latest, inclusive] = [call.get('oldest'), call.get('latest'), call.flag('inclusive')];
  const at = Number(ts);
  const afterOldest = oldest === undefined || (inclusive ? at >= Number(oldest) : at > Number(oldest));
  return afterOldest && (latest === undefined || (inclusive ? at <= Number(latest) : at < Number(latest)));
}

export const conversationMethods = {
  'conversations.open': open,
  'conversations.info': info,
  'conversations.members': members,
  'conversations.list': list,
  'conversations.join': join,
  'conversations.history': history,
  'conversations.replies': replies,
};
