/**
 * What the sandbox's page and its server say to each other. Types only: the page is built for the browser, the server
 * runs on Node, and this file is all they share.
 *
 * The page opens `GET /page/events?as=USER` (Server-Sent Events). Each event is a whole `Scene` as JSON. The connection
 * *is* the person's client: ephemeral messages and open modals live in it and are gone with it, as a reload of Slack
 * drops them. The first event carries the connection's `client` id, which every act below names.
 *
 * Acts are `POST /page/<act>` with a JSON body and answer 200 `{}`, or 4xx/5xx `{ "problem": "a sentence" }`.
 * The bytes of a file for a `file_input` go ahead of the form: `POST /page/upload?client=CLIENT&name=NAME`, raw, answered
 * with `{ file }` (a `SharedFile`); the form's values then name it by its id.
 * Every request carries the token of the printed URL, as the cookie that `GET /?token=...` sets.
 */
export type Scene = {
  client: string;
  workspace: { name: string; teamId: string };
  me: Person;
  people: Person[];
  groups: UserGroup[];
  conversations: Conversation[];
  /** The App Home, as last published for `me`. */
  home: View | undefined;
  /** The modal stack of this client; the last one is on top. */
  modals: OpenModal[];
  /** What the bot asked of the Web API and was refused, newest last; shown as a banner, for whoever builds the bot. */
  problems: ApiProblem[];
  commands: SlashCommand[];
  /** The gateway that `npm start` runs beside the sandbox; undefined: there is none. */
  demo?: Demo | undefined;
};

export type Demo = {
  site: string;
  hostname: string;
  /** How to call it from a terminal with the newest certificate that this person was shown; undefined: there is none. */
  withCertificate: string | undefined;
  withoutCertificate: string;
};

export type Person = { id: string; name: string; realName: string; title: string; isBot: boolean; timeZone: string };

export type UserGroup = { id: string; handle: string; name: string };

export type Conversation = {
  id: string;
  kind: 'channel' | 'private' | 'dm';
  /** Without `#`; for a DM the other party's name. */
  name: string;
  purpose: string;
  memberIds: string[];
  botIsMember: boolean;
  unread: number;
  messages: Message[];
};

export type Message = {
  ts: string;
  authorId: string;
  text: string;
  /** Block Kit blocks as the bot sent them (validated). Empty for plain text. */
  blocks: Block[];
  ephemeral: boolean;
  edited: boolean;
  files: SharedFile[];
};

/** A file of a message; its bytes are at `GET /page/file/ID?client=CLIENT`, for those who see the message. */
export type SharedFile = { id: string; name: string; title: string; sizeBytes: number; kind: string };

/** Block Kit as JSON: the page renders the kinds it knows and says so for others. */
export type Block = { type: string; block_id?: string; [key: string]: unknown };
export type View = {
  id: string;
  type: 'modal' | 'home';
  hash: string;
  callback_id: string;
  blocks: Block[];
  title?: Text;
  submit?: Text;
  close?: Text;
  [key: string]: unknown;
};
type Text = { type: string; text: string };

export type OpenModal = {
  view: View;
  /** Refusals beside fields, by `block_id`, from the last `view_submission`. */
  errors: Record<string, string>;
  /** True while Slack would show the spinner. */
  busy: boolean;
};

export type ApiProblem = { at: string; method: string; error: string; messages: string[] };
export type SlashCommand = { command: string; description: string; usageHint: string };

/** `state.values` in Slack's own shape: block_id -> action_id -> `{type, value | selected_option | ...}`. */
export type StateValues = Record<string, Record<string, Record<string, unknown>>>;

export type Container =
  | { kind: 'message'; conversationId: string; ts: string }
  | { kind: 'modal'; viewId: string }
  | { kind: 'home' };

export type Acts = {
  /** Typed into the composer: a slash command when it begins with `/`, else a message. */
  say: { client: string; conversationId: string; text: string };
  /** A button, select, checkbox... in a message, the Home or a modal. `action` is Slack's action object without `action_ts`. */
  act: {
    client: string;
    container: Container;
    action: { type: string; block_id: string; action_id: string; [key: string]: unknown };
    values?: StateValues;
  };
  submit: { client: string; viewId: string; values: StateValues };
  /** Closes the top modal (`all`: the whole stack). */
  close: { client: string; viewId: string; all: boolean };
  /** Asks the bot for the options of an external select; answers `{ options }` in Slack's form. */
  options: { client: string; container: Container; block_id: string; action_id: string; value: string };
  /** Opens the App Home (sends `app_home_opened`). */
  home: { client: string };
  /** Marks a conversation as read. */
  read: { client: string; conversationId: string };
  /** Invites the bot to a channel, or removes it. */
  invite: { client: string; conversationId: string; member: boolean };
};
