import { endingOf, kindOf } from './state/file-kinds.ts';
import type { Message, StoredFile } from './state/model.ts';
import type { World } from './world.ts';

/** Slack's file object, as in messages, submissions and `files.info`. Its addresses want the bot's token. */
export type FileJson = Record<string, unknown> & { id: string; name: string; size: number };

export function fileJson(world: World, file: StoredFile): FileJson {
  const { team } = world.store.workspace;
  const folder = `${world.origin}/files-pri/${team.id}-${file.id}`;
  const slug = slugOf(file.name);
  return {
    id: file.id,
    created: file.createdSeconds,
    timestamp: file.createdSeconds,
    name: file.name,
    title: file.title,
    ...kindOf(file),
    user: file.userId,
    user_team: team.id,
    editable: false,
    size: file.sizeBytes,
    mode: 'hosted',
    is_external: false,
    external_type: '',
    is_public: false,
    public_url_shared: false,
    display_as_bot: false,
    username: '',
    url_private: `${folder}/${slug}`,
    url_private_download: `${folder}/download/${slug}`,
    permalink: `https://${team.domain}.slack.com/files/${file.userId}/${file.id}/${slug}`,
    has_rich_preview: false,
    file_access: 'visible',
  };
}

/** Where a file is shared: `shares` is keyed by kind and conversation, the lists by kind. */
export function sharesJson(world: World, file: StoredFile): Record<string, unknown> {
  const messages = world.files.shares(file);
  const kindOfMessage = ({ conversationId }: Message) => world.store.conversationOrThrow(conversationId).kind;
  const share = (which: Message[]) =>
    Object.fromEntries(which.map(({ conversationId, ts }) => [conversationId, [{ ts, reply_users: [] }]]));
  const open = messages.filter((message) => kindOfMessage(message) === 'channel');
  const closed = messages.filter((message) => kindOfMessage(message) !== 'channel');
  const ids = (kind: string) =>
    messages.filter((message) => kindOfMessage(message) === kind).map(({ conversationId }) => conversationId);
  return {
    shares: {
      ...(open.length > 0 ? { public: share(open) } : {}),
      ...(closed.length > 0 ? { private: share(closed) } : {}),
    },
    is_public: open.length > 0,
    channels: ids('channel'),
    groups: ids('private'),
    ims: ids('dm'),
  };
}

/** Slack writes names into its addresses in lower case, with `_` for whatever an address cannot hold. */
function slugOf(name: string): string {
  const ending = endingOf(name);
  const stem = ending === '' ? name : name.slice(0, -ending.length - 1);
  const clean = (text: string) => text.toLowerCase().replace(/[^a-z0-9_-]+/g, '_');
  return ending === '' ? clean(stem) : `${clean(stem)}.${clean(ending)}`;
}
