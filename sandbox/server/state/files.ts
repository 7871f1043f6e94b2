import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BOT_USER, type Message, type StoredFile } from './model.ts';
import type { Store } from './store.ts';

/** Slack takes a gigabyte; the sandbox, which holds a file in memory while it arrives, takes less. */
export const FILE_BYTES_MAX = 64 * 1024 * 1024;

export type NewFile = { name: string; bytes: Buffer; userId: string; title?: string; forApp?: boolean; id?: string };

/** Files of the workspace: what is known of them in the workspace, their bytes beside it, or in memory like it. */
export class Files {
  readonly #store: Store;
  readonly #directory: string | undefined;
  readonly #inMemory = new Map<string, Buffer>();

  constructor(store: Store, dataDir: string | undefined) {
    this.#store = store;
    this.#directory = dataDir === undefined ? undefined : join(dataDir, 'workspace-files');
  }

  add({ name, bytes, userId, title, forApp = false, id = makeFileId() }: NewFile): StoredFile {
    const file: StoredFile = {
      id,
      name,
      title: title ?? name,
      sizeBytes: bytes.length,
      userId,
      createdSeconds: Math.floor(this.#store.clock.now().getTime() / 1000),
      isText: isUtf8(bytes) && !bytes.includes(0),
      forApp,
    };
    if (this.#directory === undefined) this.#inMemory.set(id, bytes);
    else {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      writeFileSync(join(this.#directory, id), bytes, { mode: 0o600 });
    }
    this.#store.workspace.files.push(file);
    this.#store.changed();
    return file;
  }

  find(id: unknown): StoredFile | undefined {
    return this.#store.workspace.files.find((file) => file.id === id);
  }

  /** By an id that `find` knows: nothing that came from outside names a path. */
  bytes(file: StoredFile): Buffer {
    const bytes = this.#directory === undefined ? this.#inMemory.get(file.id) : read(join(this.#directory, file.id));
    if (!bytes) throw new Error(`The bytes of ${file.id} are gone.`);
    return bytes;
  }

  of(message: Message): StoredFile[] {
    return (message.fileIds ?? []).flatMap((id) => this.find(id) ?? []);
  }

  /** The messages that share a file. */
  shares(file: StoredFile): Message[] {
    return this.#store.workspace.messages.filter(({ fileIds }) => fileIds?.includes(file.id));
  }

  /** Whoever uploaded it, and the members of the conversations it is shared in; the app also what its modals asked for. */
  isVisibleTo(file: StoredFile, userId: string): boolean {
    if (file.userId === userId || (file.forApp && userId === BOT_USER)) return true;
    return this.shares(file).some(({ conversationId }) =>
      this.#store.conversation(conversationId)?.memberIds.includes(userId),
    );
  }
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function makeFileId(): string {
  return `F${randomBytes(5).toString('hex').toUpperCase()}`;
}
