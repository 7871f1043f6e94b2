import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { installPackages, isDebian, isRoot, unpackPackages } from './debian.mjs';
import { CannotStartError, run, say } from './run.mjs';
import { isExecutable, which } from './which.mjs';

export const THREE_WAYS = [
  'Redis is needed and could not be found. Do one of these, then start again:',
  '  - install redis-server (or valkey-server) with the package manager of this system;',
  '  - run one in a container: docker run -d -p 6379:6379 redis:7 redis-server --appendonly yes, and set REDIS_URL=redis://127.0.0.1:6379;',
  '  - set REDIS_URL to a Redis that runs elsewhere.',
].join('\n');

/**
 * A server program that is already here: on PATH, or unpacked by an earlier start.
 * @param {string} cache the folder for unpacked programs
 * @returns {string | undefined}
 */
export function findRedisServer(cache) {
  const unpacked = wrapperPath(cache);
  return which('redis-server', 'valkey-server') ?? (isExecutable(unpacked) ? unpacked : undefined);
}

/**
 * A server program, fetched when there is none: on Debian unpacked below `cache` (nothing of the system is touched),
 * or installed when that fails and we are root; on macOS with Homebrew.
 * @param {string} cache
 * @returns {Promise<string>}
 * @throws CannotStartError with the ways to get one
 */
export async function obtainRedisServer(cache) {
  const found = findRedisServer(cache) ?? (await unpackRedis(cache)) ?? (await installRedis());
  if (found === undefined) throw new CannotStartError(THREE_WAYS);
  return found;
}

/** @param {string} cache */
function wrapperPath(cache) {
  return join(cache, 'redis', 'redis-server');
}

/**
 * `redis-server` is a link into redis-tools, so both packages are asked for by name: one may be installed already.
 * The unpacked program finds its libraries through a wrapper, which makes it one path like any other server.
 * @param {string} cache
 */
async function unpackRedis(cache) {
  if (!isDebian()) return undefined;
  say('fetching Redis for this folder alone (no system change)');
  const folder = join(cache, 'redis');
  mkdirSync(folder, { recursive: true });
  const root = await unpackPackages(['redis-server', 'redis-tools'], folder);
  if (root === undefined || !existsSync(join(root, 'usr/bin/redis-server'))) return undefined;
  writeFileSync(wrapperPath(cache), wrapper(libraryFolders(root)), { mode: 0o755 });
  const works = await run(wrapperPath(cache), ['--version'], { quiet: true });
  if (works.code !== 0) say(`the unpacked Redis does not run: ${works.output.trim()}`);
  return works.code === 0 ? wrapperPath(cache) : undefined;
}

/**
 * Libraries that the system has are not unpacked, so there may be none. The folder is named after the processor.
 * @param {string} root
 */
function libraryFolders(root) {
  const folder = join(root, 'usr/lib');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.includes('-linux-gnu')) : [];
}

/** @param {readonly string[]} libraries */
function wrapper(libraries) {
  const path = libraries.map((name) => `"$here/root/usr/lib/${name}"`).join(':');
  const lines = [
    '#!/bin/sh',
    'here=$(dirname "$0")',
    `export LD_LIBRARY_PATH=${path}`,
    'exec "$here/root/usr/bin/redis-server" "$@"',
  ];
  return `${(libraries.length > 0 ? lines : lines.toSpliced(2, 1)).join('\n')}\n`;
}

async function installRedis() {
  if (isDebian() && isRoot()) await installPackages(['redis-server']);
  else if (process.platform === 'darwin' && which('brew')) await run('brew', ['install', 'redis']);
  return which('redis-server', 'valkey-server');
}
