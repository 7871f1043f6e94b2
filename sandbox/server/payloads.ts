import { randomBytes } from 'node:crypto';
import type { Client, OpenModal } from './clients.ts';
import { fileJson } from './file-json.ts';
import { valuesOf } from './form.ts';
import {
  APP_ID,
  BOT_ID,
  BOT_USER,
  type Conversation,
  type Message,
  type StateValues,
  type View,
} from './state/model.ts';
import type { World } from './world.ts';

/** The JSON of Slack's requests to an app (slack.md 1.2), built from what a person did. */
export type Payload = Record<string, unknown>;

/**
 * The text of a command as Slack sends it where `should_escape` is set, as docs/slack-manifest.yaml does: people as
 * their ids, and what has a meaning in mrkdwn escaped.
 */
function escapeCommand(world: World, text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped.replace(/(?<=^|\s)@([a-z0-9._-]+)/gi, (typed, name: string) => {
    const user = world.store.workspace.users.find((known) => known.name === name.toLowerCase());
    return user ? `<@${user.id}|${user.name}>` : typed;
  });
}

/** `directmessage` and `privategroup` stand for names Slack does not tell. */
export function channelName(conversation: Conversation): string {
  if (conversation.kind === 'dm') return 'directmessage';
  return conversation.kind === 'private' ? 'privategroup' : conversation.name;
}

export function slashCommand(
  world: World,
  client: Client,
  conversation: Conversation,
  input: { command: string; text: string },
): Payload {
  const { team } = world.store.workspace;
  return {
    token: 'legacy-verification-token',
    team_id: team.id,
    team_domain: team.domain,
    channel_id: conversation.id,
    channel_name: channelName(conversation),
    user_id: client.userId,
    user_name: world.store.userOrThrow(client.userId).name,
    command: input.command,
    text: escapeCommand(world, input.text),
    api_app_id: APP_ID,
    is_enterprise_install: 'false',
    response_url: world.responseUrls.mint(team.id, { userId: client.userId, conversationId: conversation.id }),
    trigger_id: world.triggers.mint(client.userId, client.id),
  };
}

/** What every interaction carries. */
function interaction(world: World, client: Client, type: string): Payload {
  const { team } = world.store.workspace;
  const { id, name, teamId } = world.store.userOrThrow(client.userId);
  return {
    type,
    team: { id: team.id, domain: team.domain },
    user: { id, username: name, name, team_id: teamId },
    api_app_id: APP_ID,
    token: 'legacy-verification-token',
    enterprise: null,
    is_enterprise_install: false,
    trigger_id: world.triggers.mint(client.userId, client.id),
  };
}

export function viewJson(world: World, view: View, values: StateValues): Payload {
  return {
    id: view.id,
    team_id: world.teamId,
    type: view.type,
    blocks: view.blocks,
    private_metadata: view.private_metadata,
    callback_id: view.callback_id,
    state: { values },
    hash: view.hash,
    title: view.title ?? null,
    submit: view.submit ?? null,
    close: view.close ?? null,
    clear_on_close: view.clear_on_close,
    notify_on_close: view.notify_on_close,
    root_view_id: view.root_view_id,
    previous_view_id: view.previous_view_id,
    app_id: APP_ID,
    external_id: view.external_id,
    app_installed_team_id: world.teamId,
    bot_id: BOT_ID,
  };
}

export function messageJson(world: World, message: Message, withMetadata = true): Payload {
  const byBot = message.authorId === BOT_USER;
  return {
    type: 'message',
    user: message.authorId,
    ts: message.ts,
    text: message.text,
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.fileIds ? { files: world.files.of(message).map((file) => fileJson(world, file)) } : {}),
    ...(byBot ? { bot_id: BOT_ID, app_id: APP_ID } : {}),
    ...(message.threadTs ? { thread_ts: message.threadTs } : {}),
    ...(message.editedTs ? { edited: { user: message.authorId, ts: message.editedTs } } : {}),
    ...(withMetadata && message.metadata ? { metadata: message.metadata } : {}),
  };
}

export type Action = { type: string; block_id: string; action_id: string; [key: string]: unknown };

function actionJson(world: World, action: Action): Action {
  const now = world.clock.now().getTime();
  return { ...action, action_ts: `${Math.floor(now / 1000)}.${String(now % 1000).padStart(3, '0')}000` };
}

/** An ephemeral message is not told: `message` is absent, `container` says where it was. */
export function inMessage(world: World, message: Message, ephemeral: boolean): Payload {
  const conversation = world.store.conversationOrThrow(message.conversationId);
  return {
    container: { type: 'message', message_ts: message.ts, channel_id: conversation.id, is_ephemeral: ephemeral },
    channel: { id: conversation.id, name: channelName(conversation) },
    ...(ephemeral ? {} : { message: messageJson(world, message) }),
  };
}

export function inView(world: World, view: View, values: StateValues): Payload {
  return { container: { type: 'view', view_id: view.id }, view: viewJson(world, view, values) };
}

export function messageAction(
  world: World,
  client: Client,
  message: Message,
  ephemeral: boolean,
  action: Action,
  values: StateValues,
): Payload {
  const occasion = {
    userId: client.userId,
    conversationId: message.conversationId,
    message: { ts: message.ts, ephemeral },
  };
  return {
    ...interaction(world, client, 'block_actions'),
    ...inMessage(world, message, ephemeral),
    state: { values: valuesOf({ blocks: message.blocks }, values) },
    response_url: world.responseUrls.mint(world.teamId, occasion),
    actions: [actionJson(world, action)],
  };
}

export function viewAction(world: World, client: Client, view: View, action: Action, values: StateValues): Payload {
  return {
    ...interaction(world, client, 'block_actions'),
    ...inView(world, view, values),
    actions: [actionJson(world, action)],
  };
}

export function viewSubmission(world: World, client: Client, modal: OpenModal): Payload {
  return {
    ...interaction(world, client, 'view_submission'),
    view: viewJson(world, modal.view, modal.values),
    response_urls: [],
  };
}

/** A global shortcut: no channel, no response URL. */
export function globalShortcut(world: World, client: Client, callbackId: string): Payload {
  const action_ts = `${Math.floor(world.clock.now().getTime() / 1000)}.000000`;
  return { ...interaction(world, client, 'shortcut'), callback_id: callbackId, action_ts };
}

export function viewClosed(world: World, client: Client, modal: OpenModal, isCleared: boolean): Payload {
  const { trigger_id: _none, ...rest } = interaction(world, client, 'view_closed');
  return { ...rest, view: viewJson(world, modal.view, modal.values), is_cleared: isCleared };
}

/** @param place where the select is: in a view or in a message */
export function blockSuggestion(
  world: World,
  client: Client,
  place: Payload,
  asked: { block_id: string; action_id: string; value: string },
): Payload {
  const { trigger_id: _none, ...rest } = interaction(world, client, 'block_suggestion');
  return { ...rest, ...asked, ...place };
}

export function appHomeOpened(world: World, client: Client): Payload {
  const home = world.store.workspace.homes[client.userId];
  return eventCallback(world, {
    type: 'app_home_opened',
    user: client.userId,
    channel: world.store.openDm(client.userId).dm.id,
    tab: 'home',
    ...(home ? { view: viewJson(world, home, valuesOf(home)) } : {}),
  });
}

/** The envelope of the Events API around one event. */
export function eventCallback(world: World, event: Payload): Payload {
  const seconds = Math.floor(world.clock.now().getTime() / 1000);
  return {
    token: 'legacy-verification-token',
    team_id: world.teamId,
    api_app_id: APP_ID,
    event: { ...event, event_ts: `${seconds}.000000` },
    type: 'event_callback',
    event_id: `Ev${randomBytes(5).toString('hex').toUpperCase()}`,
    event_time: seconds,
    authorizations: [
      { enterprise_id: null, team_id: world.teamId, user_id: BOT_USER, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
    event_context: 'sandbox',
  };
}
