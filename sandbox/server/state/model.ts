/**
 * What a workspace consists of. Everything here is kept over restarts; ephemeral messages and modals are not: they
 * live in a client (`clients.ts`) and are gone with it, as in Slack.
 */
export type Workspace = {
  team: { id: string; name: string; domain: string };
  users: User[];
  usergroups: UserGroup[];
  conversations: Conversation[];
  messages: Message[];
  files: StoredFile[];
  /** The App Home by user id, as last published. */
  homes: Record<string, View>;
  /** Last message read, by `user conversation`. */
  reads: Record<string, string>;
  /** Larger than every ts given out before a restart. */
  lastTs: string;
  rolesSeeded: boolean;
};

export type User = {
  id: string;
  name: string;
  realName: string;
  title: string;
  email: string;
  timeZone: string;
  isBot: boolean;
  deleted: boolean;
  isAdmin: boolean;
  isOwner: boolean;
  isRestricted: boolean;
  isUltraRestricted: boolean;
  /** Another company's id for people of Slack Connect. */
  teamId: string;
};

export type UserGroup = {
  id: string;
  handle: string;
  name: string;
  description: string;
  userIds: string[];
  /** When it was changed last, and since when it has been disabled, in seconds. */
  updatedSeconds?: number;
  disabledSeconds?: number;
};

export type Conversation = {
  id: string;
  kind: 'channel' | 'private' | 'dm';
  /** Without `#`; empty for a DM. */
  name: string;
  purpose: string;
  memberIds: string[];
  isArchived: boolean;
};

export type Block = { type: string; block_id: string; [key: string]: unknown };

export type Message = {
  ts: string;
  conversationId: string;
  authorId: string;
  text: string;
  blocks: Block[];
  threadTs?: string;
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
  editedTs?: string;
  fileIds?: string[];
};

/** What is known of a file; its bytes are kept beside the workspace (`files.ts`). */
export type StoredFile = {
  id: string;
  name: string;
  title: string;
  sizeBytes: number;
  /** Whoever uploaded it. */
  userId: string;
  createdSeconds: number;
  isText: boolean;
  /** Uploaded in a modal of the app, which may then read it although it is in no conversation. */
  forApp: boolean;
};

export type View = {
  id: string;
  type: 'modal' | 'home';
  hash: string;
  callback_id: string;
  external_id: string;
  private_metadata: string;
  blocks: Block[];
  title?: { type: string; text: string };
  submit?: { type: string; text: string };
  close?: { type: string; text: string };
  clear_on_close: boolean;
  notify_on_close: boolean;
  root_view_id: string;
  previous_view_id: string | null;
};

/** `state.values` in Slack's shape: block_id -> action_id -> `{type, value | selected_option | ...}`. */
export type StateValues = Record<string, Record<string, Record<string, unknown>>>;

export type Clock = { now(): Date };

export const APP_ID = 'A0SANDBOX';
export const BOT_USER = 'U0BOT';
export const BOT_ID = 'B0BOT';
