import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CountersignError } from '../../../core/errors.ts';
import type { Workspace } from './model.ts';
import { seedWorkspace } from './seed.ts';

const DEBOUNCE_MS = 200;

/**
 * Keeps the workspace in `<directory>/workspace.json`, written to a neighbour first and renamed, so that a crash leaves
 * the old file or the new one. Without a directory the workspace lives in memory alone.
 */
export class Storage {
  readonly workspace: Workspace;
  readonly #path: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(directory: string | undefined) {
    this.#path = directory === undefined ? undefined : join(directory, 'workspace.json');
    if (directory !== undefined) mkdirSync(directory, { recursive: true });
    this.workspace = this.#load() ?? seedWorkspace();
  }

  saveSoon(): void {
    if (this.#path === undefined) return;
    this.#timer ??= setTimeout(() => this.flush(), DEBOUNCE_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#path === undefined) return;
    const neighbour = `${this.#path}.new`;
    writeFileSync(neighbour, JSON.stringify(this.workspace), { mode: 0o600 });
    renameSync(neighbour, this.#path);
  }

  #load(): Workspace | undefined {
    if (this.#path === undefined) return undefined;
    try {
      // A workspace from before there were files is a workspace without files.
      return { files: [], ...(JSON.parse(readFileSync(this.#path, 'utf8')) as Omit<Workspace, 'files'>) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new CountersignError('invalid_configuration', {
        userMessage: `DATA_DIR: ${this.#path} cannot be read. Remove it to begin with a fresh workspace.`,
        cause: error,
      });
    }
  }
}
