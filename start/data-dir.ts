import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Mode } from './mode.ts';

/** The sandbox has a folder of its own below DATA_DIR: its database, key and Redis never meet those of a real Slack. */
export function dataDirOf(mode: Mode, dataDir: string): string {
  return mode === 'sandbox' ? resolve(dataDir, 'sandbox') : resolve(dataDir);
}

/**
 * Makes the folder, readable by its owner alone, and marks it with what it is for.
 * @throws Error when it was marked for the other: a sandbox's data is never used with a real Slack, nor the reverse
 */
export function openDataDir(path: string, mode: Mode): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const marker = join(path, 'kind');
  try {
    writeFileSync(marker, `${mode}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const kind = readFileSync(marker, 'utf8').trim();
    if (kind !== mode) {
      throw new Error(
        `DATA_DIR: ${path} holds data of ${nameOf(kind)}, and this is ${nameOf(mode)}. Use another folder.`,
      );
    }
  }
}

function nameOf(kind: string): string {
  return kind === 'sandbox' ? 'the sandbox' : 'a real Slack workspace';
}
