import { validateMessage } from '../../blockkit/validate.ts';
import { messageJson } from '../payloads.ts';
import { BOT_USER, type Conversation, type Message } from '../state/model.ts';
import { withIds } from '../state/store.ts';
import { type Answer, ApiError, type Call, refuseProblems } from './call.ts';

type Content = Pick<Message, 'text' | 'blocks' | 'metadata'>;

function readContent(call: Call, use: 'post' | 'update'): Content {
  const text = call.text('text');
  const blocks = call.json('blocks', 'invalid_blocks_format');
  const metadata = call.json('metadata', 'invalid_metadata_format') as Message['metadata'];
  const message = { text, blocks: blocks ?? undefined, metadata };
  refuseProblems(validateMessage(message, use), 'chat');
  return { text: text ?? '', blocks: withIds(blocks), ...(metadata ? { metadata } : {}) };
}

/** A conversation the bot may write to; private ones it is not in do not exist for it. */
export function conversationForBot(call: Call, id: string): Conversation {
  const conversation = call.world.store.conversation(id);
  if (!conversation) throw new ApiError('channel_not_found');
  if (!conversation.memberIds.includes(BOT_USER)) {
    throw new ApiError(conversation.kind === 'channel' ? 'not_in_channel' : 'channel_not_found');
  }
  if (conversation.isArchived) throw new ApiError('is_archived');
  return conversation;
}

/** `chat.postMessage` also takes a user's id and posts in the DM. */
function postMessage(call: Call): Answer {
  const { store } = call.world;
  const id = call.required('channel');
  const conversation = store.user(id) ? store.openDm(id).dm : conversationForBot(call, id);
  const threadTs = call.text('thread_ts');
  if (threadTs !== undefined && !store.message(conversation.id, threadTs)) throw new ApiError('thread_not_found');
  const message = store.post({
    conversationId: conversation.id,
    authorId: BOT_USER,
    ...readContent(call, 'post'),
    ...(threadTs === undefined ? {} : { threadTs }),
  });
  return { channel: conversation.id, ts: message.ts, message: messageJson(call.world, message) };
}

/** The bot and the person must both be in the conversation; a user's id is no conversation here. */
function postEphemeral(call: Call): Answer {
  const { store, clients } = call.world;
  const conversation = conversationForBot(call, call.required('channel'));
  const userId = call.required('user');
  if (!store.user(userId) || !conversation.memberIds.includes(userId)) throw new ApiError('user_not_in_channel');
  const content = readContent(call, 'post');
  const ts = store.nextTs();
  clients.showEphemeral(userId, { ts, conversationId: conversation.id, authorId: BOT_USER, ...content });
  return { message_ts: ts };
}

/** Ephemeral messages are in no conversation: they cannot be found here. */
function ownMessage(call: Call, refusal: string): Message {
  const conversation = conversationForBot(call, call.required('channel'));
  const message = call.world.store.message(conversation.id, call.required('ts'));
  if (!message) throw new ApiError('message_not_found');
  if (message.authorId !== BOT_USER) throw new ApiError(refusal);
  return message;
}

/** Without `blocks` the old blocks are dropped. */
function update(call: Call): Answer {
  const message = ownMessage(call, 'cant_update_message');
  call.world.store.edit(message, readContent(call, 'update'));
  return {
    channel: message.conversationId,
    ts: message.ts,
    text: message.text,
    message: messageJson(call.world, message),
  };
}

function remove(call: Call): Answer {
  const message = ownMessage(call, 'cant_delete_message');
  call.world.store.remove(message);
  return { channel: message.conversationId, ts: message.ts };
}

function getPermalink(call: Call): Answer {
  const conversation = conversationForBot(call, call.required('channel'));
  const message = call.world.store.message(conversation.id, call.required('message_ts'));
  if (!message) throw new ApiError('message_not_found');
  const { domain } = call.world.store.workspace.team;
  const permalink = `https://${domain}.slack.com/archives/${conversation.id}/p${message.ts.replace('.', '')}`;
  return { channel: conversation.id, permalink };
}

export const chatMethods = {
  'chat.postMessage': postMessage,
  'chat.postEphemeral': postEphemeral,
  'chat.update': update,
  'chat.delete': remove,
  'chat.getPermalink': getPermalink,
};
