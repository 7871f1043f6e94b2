import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { isDebian } from '../../../start/install/debian.mjs';
import { until } from '../../support/until.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const STOPPED_WITHIN_MS = 60_000;
/** How this machine reaches the package registry; a bare machine has that too. */
const NETWORK = /^(npm_config_(?!local_prefix)\w+|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|(HTTPS?|NO)_PROXY)$/i;

/** The last commit of this repository, cloned where nothing is installed, on a machine without Redis. */
export type BareClone = ReturnType<typeof makeBareClone>;

export function makeBareClone() {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-story-'));
  const clone = join(folder, 'countersign');
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', REPOSITORY, clone], { stdio: 'pipe' });
  const home = join(folder, 'home');
  mkdirSync(home);
  const environment = { ...network(), PATH: pathWithoutRedis(join(folder, 'bin')), HOME: home, LANG: 'C.UTF-8' };
  return {
    clone,
    /** `npm start`, as somebody types it who has just cloned. */
    start: () => npmStart(clone, { ...environment, PORT: '0', API_PORT: '0', EDGE_PORT: '0', SANDBOX_PORT: '0' }),
    /** The commands of all processes that were started from here and still run; undefined where that cannot be seen. */
    running: () => commandsWith(environment.PATH),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function network(): Record<string, string> {
  const present = Object.entries(process.env).filter(([name]) => NETWORK.test(name));
  return {
    npm_config_userconfig: join(homedir(), '.npmrc'),
    npm_config_cache: join(homedir(), '.npm'),
    ...(Object.fromEntries(present) as Record<string, string>),
  };
}

/**
 * One folder with every program of the system but Redis. Where Redis cannot be fetched for a folder alone (elsewhere
 * than on Debian), it stays: a person would have installed it.
 */
function pathWithoutRedis(folder: string): string {
  mkdirSync(folder);
  const own = (process.env['PATH'] ?? '').split(delimiter).filter((path) => /^\/(usr\/(local\/)?)?s?bin$/.test(path));
  const folders = [dirname(process.execPath), ...own].filter(existsSync).toReversed();
  const programs = new Map(folders.flatMap((from) => readdirSync(from).map((name) => [name, join(from, name)])));
  for (const [name, path] of programs) {
    if (!isDebian() || !/^(redis|valkey)-/.test(name)) symlinkSync(path, join(folder, name));
  }
  return folder;
}

/** npm and what it starts, in a process group of its own as in a terminal. */
function npmStart(cwd: string, env: Record<string, string>) {
  const child = spawn('npm', ['start'], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  let output = '';
  let ended = false;
  void closed.then(() => {
    ended = true;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const signal = (name: NodeJS.Signals) => process.kill(-(child.pid as number), name);
  return {
    output: () => output,
    /** The address it prints once everything runs. */
    async address(withinMs: number): Promise<string> {
      const isUp = () => ended || output.includes('Ctrl-C stops it.');
      await until('npm start is up', isUp, withinMs).catch(() => undefined);
      expect(output).toContain('Ctrl-C stops it.');
      return /http:\/\/127\.0\.0\.1:\d+\/\?token=\w+/.exec(output)?.[0] ?? '';
    },
    async pressCtrlC(): Promise<void> {
      signal('SIGINT');
      await until('npm start stops', () => ended, STOPPED_WITHIN_MS).catch(() => undefined);
      expect(ended, output).toBe(true);
    },
    async [Symbol.asyncDispose]() {
      if (!ended) signal('SIGKILL');
      await closed;
    },
  };
}

/** Every process started here, Redis and its guard included, has this folder on its PATH, and nobody else has. */
function commandsWith(folder: string): string[] | undefined {
  if (!existsSync('/proc/self/environ')) return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(folder))
    .map((pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim());
}

/** What is gone by now, or belongs to somebody else, reads as nothing. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
