import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The text of a file that only its owner may read, made on first use. It appears whole or not at all: written under
 * another name with O_EXCL, then linked, which fails when somebody was faster; then theirs counts.
 * @throws Error when others may read the file
 */
export function readOrMakePrivateFile(path: string, make: () => string): string {
  const existing = readPrivateFile(path);
  if (existing !== undefined) return existing;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, make(), { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, 'utf8');
}

/** Its text, or undefined when there is none. */
export function readPrivateFile(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if ((stats.mode & 0o077) !== 0) throw new Error(`${path} can be read by others: chmod 600 ${path}`);
  return readFileSync(path, 'utf8');
}
