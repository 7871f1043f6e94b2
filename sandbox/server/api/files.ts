import { validateBlocks } from '../../blockkit/validate.ts';
import { fileJson, sharesJson } from '../file-json.ts';
import { FILE_BYTES_MAX } from '../state/files.ts';
import { BOT_USER, type Conversation, type Message } from '../state/model.ts';
import { withIds } from '../state/store.ts';
import { type Answer, ApiError, type Call, refuseProblems } from './call.ts';
import { conversationForBot } from './chat.ts';

/** Larger snippets are files. */
const SNIPPET_BYTES_MAX = 1024 * 1024;
const COMMENT_MAX = 40_000;

/** Step one: an address for the bytes. A length of nought counts as none at all. */
function getUploadUrl(call: Call): Answer {
  const name = call.required('filename');
  const length = Number(call.get('length') ?? 0);
  if (!Number.isInteger(length) || length < 0) {
    throw new ApiError('invalid_arguments', {}, ['[ERROR] must be an integer [json-pointer:/length]']);
  }
  if (length === 0) throw new ApiError('missing_argument');
  if (call.text('snippet_type') !== undefined && length > SNIPPET_BYTES_MAX) throw new ApiError('snippet_too_large');
  if (length > FILE_BYTES_MAX) throw new ApiError('file_upload_size_restricted');
  const { fileId, url } = call.world.uploads.begin(name, length);
  return { upload_url: url, file_id: fileId };
}

type Named = { id: string; title?: string };

function readFiles(call: Call): Named[] {
  const value = call.json('files', 'invalid_arguments');
  const isNamed = (entry: unknown): entry is Named =>
    typeof entry === 'object' && entry !== null && typeof (entry as Named).id === 'string';
  if (Array.isArray(value) && value.length > 0 && value.every(isNamed)) return value;
  const message = value === undefined ? 'missing required field: files' : 'must provide a list of files with ids';
  throw new ApiError('invalid_arguments', {}, [`[ERROR] ${message} [json-pointer:/files]`]);
}

/** Unlike `chat.postMessage`, it takes no user's id: a DM has to be opened first. */
function readConversation(call: Call): Conversation | undefined {
  const id = call.text('channel_id');
  if (id === undefined || id === '') return undefined;
  if (!/^[CGDZ][A-Z0-9]+$/.test(id)) {
    throw new ApiError('invalid_arguments', {}, [
      '[ERROR] input must match regex pattern: ^[CGDZ][A-Z0-9]{8,}$ [json-pointer:/channel_id]',
    ]);
  }
  return conversationForBot(call, id);
}

/** The comment, or else blocks: with both, Slack ignores the blocks. */
function readComment(call: Call): Pick<Message, 'text' | 'blocks'> {
  const text = call.text('initial_comment') ?? '';
  if (text.length > COMMENT_MAX) throw new ApiError('msg_too_long');
  const blocks = call.json('blocks', 'invalid_blocks_format');
  if (text !== '' || blocks === undefined) return { text, blocks: [] };
  refuseProblems(validateBlocks(blocks, 'message'), 'chat');
  // Slack has failed on this block here, and here alone (slackapi/python-slack-sdk issue 1756).
  const kinds = (blocks as { type: string }[]).map(({ type }) => type);
  if (kinds.includes('markdown')) throw new ApiError('internal_error');
  return { text, blocks: withIds(blocks) };
}

/**
 * Step three: the files exist, and are shared where that was asked for. Slack shares a little later, so the answer does
 * not tell the message; `files.info` does.
 */
function complete(call: Call): Answer {
  const { store, files, uploads } = call.world;
  const named = readFiles(call);
  const conversation = readConversation(call);
  const threadTs = call.text('thread_ts');
  if (threadTs !== undefined && !(conversation && store.message(conversation.id, threadTs))) {
    throw new ApiError('thread_not_found');
  }
  const comment = readComment(call);
  const arrived = named.map(({ id, title }) => {
    const upload = uploads.arrived(id);
    if (!upload) throw new ApiError('file_not_found');
    return { ...upload, title: title ?? upload.name };
  });
  const added = arrived.map(({ fileId: id, name, bytes, title }) => {
    uploads.forget(id);
    return files.add({ id, name, bytes, title, userId: BOT_USER });
  });
  if (conversation) {
    store.post({
      conversationId: conversation.id,
      authorId: BOT_USER,
      ...comment,
      fileIds: added.map(({ id }) => id),
      ...(threadTs === undefined ? {} : { threadTs }),
    });
  }
  return { files: added.map((file) => ({ ...fileJson(call.world, file), shares: {} })) };
}

function info(call: Call): Answer {
  const file = call.world.files.find(call.required('file'));
  if (!file || !call.world.files.isVisibleTo(file, BOT_USER)) throw new ApiError('file_not_found');
  return {
    file: { ...fileJson(call.world, file), ...sharesJson(call.world, file) },
    comments: [],
    response_metadata: { next_cursor: '' },
  };
}

export const fileMethods = {
  'files.getUploadURLExternal': getUploadUrl,
  'files.completeUploadExternal': complete,
  'files.info': info,
};
