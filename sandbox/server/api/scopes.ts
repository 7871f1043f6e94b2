import type { Conversation } from '../state/model.ts';
import type { World } from '../world.ts';
import { ApiError } from './call.ts';

/** Methods that want a scope whatever they are asked about; what is not here wants none, or one by its conversation. */
const BY_METHOD: Record<string, string> = {
  'chat.postMessage': 'chat:write',
  'chat.postEphemeral': 'chat:write',
  'chat.update': 'chat:write',
  'chat.delete': 'chat:write',
  'conversations.open': 'im:write',
  'conversations.join': 'channels:join',
  'users.info': 'users:read',
  'users.list': 'users:read',
  'users.lookupByEmail': 'users:read.email',
  'usergroups.list': 'usergroups:read',
  'usergroups.users.list': 'usergroups:read',
  'files.getUploadURLExternal': 'files:write',
  'files.completeUploadExternal': 'files:write',
  'files.info': 'files:read',
  'team.info': 'team:read',
  'bots.info': 'users:read',
};

/** The first half of the scope, by the kind of conversation; `mpim` is a kind that may be listed, though there is none. */
const FAMILIES: Record<Conversation['kind'], string> = { channel: 'channels', private: 'groups', dm: 'im' };
const LISTED: Record<string, string> = {
  public_channel: 'channels',
  private_channel: 'groups',
  im: 'im',
  mpim: 'mpim',
};
const BY_CONVERSATION: Record<string, string> = {
  'conversations.info': 'read',
  'conversations.members': 'read',
  'conversations.history': 'history',
  'conversations.replies': 'history',
};

/** @throws ApiError `missing_scope`, with what is needed and what there is */
export function requireScopes(world: World, method: string, args: Record<string, unknown>): void {
  const needed = scopesOf(world, method, args).filter((scope) => !world.scopes.has(scope));
  if (needed.length === 0) return;
  throw new ApiError('missing_scope', { needed: needed.join(','), provided: [...world.scopes].join(',') });
}

function scopesOf(world: World, method: string, args: Record<string, unknown>): string[] {
  const right = BY_CONVERSATION[method];
  if (right !== undefined) {
    const conversation = world.store.conversation(args['channel']);
    return conversation ? [`${FAMILIES[conversation.kind]}:${right}`] : [];
  }
  if (method === 'conversations.list') {
    const types = typeof args['types'] === 'string' ? args['types'].split(',') : ['public_channel'];
    return types.flatMap((type) => LISTED[type.trim()] ?? []).map((family) => `${family}:read`);
  }
  const scope = BY_METHOD[method];
  return scope === undefined ? [] : [scope];
}
