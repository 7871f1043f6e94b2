/** The effects that both drivers have in common: files, programs, and the question which version a proxy runs. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ProxyRefused } from './driver.ts';

/** A file that is there whole or not at all. */
export async function writeWhole(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const temporary = `${path}.new`;
  await writeFile(temporary, content, { mode, flush: true });
  await rename(temporary, path);
}

/** A link is changed in one step, so that a proxy never finds none. */
export async function pointTo(link: string, target: string | undefined): Promise<void> {
  await rm(`${link}.new`, { force: true });
  if (target === undefined) return rm(link, { force: true });
  await symlink(target, `${link}.new`);
  await rename(`${link}.new`, link);
}

/** What is in a folder, as paths; nothing where there is no folder. */
export async function entriesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => join(folder, name));
}

/** Removes files and folders that nothing reads any more. */
export async function removeAll(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
}

/** What a proxy says of itself that is kept: enough for its reason, and no more. */
const WORDS_KEPT = 2_000;

/**
 * Runs a program, without a shell.
 * @throws ProxyRefused with what it said, when it ends with anything but 0, cannot be started, or takes too long.
 */
export async function run(command: readonly string[], timeoutMs: number): Promise<void> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' });
  let said = '';
  const keep = (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-WORDS_KEPT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  await new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(new ProxyRefused(`${file} cannot be run: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new ProxyRefused(`${command.join(' ')} ended with ${code ?? signal}: ${said.trim()}`));
    });
  });
}

/**
 * Lets this group, and nobody else beside the agent, use a socket. Until then only the agent's own user can: what binds a
 * socket takes the right to write, which it needs, from everybody else.
 * @param group its name or number.
 * @throws ProxyRefused when there is no such group, or the agent may not give it anything.
 */
export async function letIn(socketPath: string, group: string): Promise<void> {
  // Node knows no names of groups; they need not be in a file of this machine.
  await run(['chgrp', group, socketPath], CHGRP_MS);
  await chmod(socketPath, 0o660);
}

const CHGRP_MS = 10_000;

const ASKED_EVERY_MS = 20;
/**
 * So long, and so often, nobody but the new version answers: while a proxy reloads, its old and its new processes take
 * turns on one socket. nginx asks its old workers to end a tenth of a second after it has started new ones; on a machine
 * with more to do than it can, that takes longer, and so do the answers.
 */
const ALONE_MS = 300;
const ALONE_ANSWERS = 10;

/**
 * Waits until the proxy runs this version, and no process of the version before answers any more.
 * @param sockets one that all versions have, where that is seen; and the version's own, for when somebody has removed the
 *   other: a proxy hands its sockets on from version to version, so it does not make that one anew.
 * @throws ProxyRefused when it does not within `timeoutMs`.
 */
export async function untilVersion(
  sockets: { shared: string; own: string },
  version: number,
  timeoutMs: number,
): Promise<void> {
  const from = performance.now();
  let othersAt = from;
  let inARow = 0;
  while (performance.now() - othersAt < ALONE_MS || inARow < ALONE_ANSWERS) {
    const socket = existsSync(sockets.shared) ? sockets.shared : sockets.own;
    inARow += 1;
    if ((await versionAt(socket)) !== String(version)) [othersAt, inARow] = [performance.now(), 0];
    if (performance.now() - from > timeoutMs) {
      throw new ProxyRefused(`the proxy does not run version ${version} ${timeoutMs / 1_000} s after its reload`);
    }
    await wait(ASKED_EVERY_MS);
  }
}

/** Undefined while nobody answers there. */
function versionAt(socketPath: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/', timeout: 1_000, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text = `${text}${chunk}`.slice(0, 100);
      });
      answer.once('end', () => resolve(text.trim()));
      answer.once('error', () => resolve(undefined));
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(undefined));
    asked.end();
  });
}
