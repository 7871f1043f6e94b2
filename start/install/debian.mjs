import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { run, say } from './run.mjs';
import { which } from './which.mjs';

/** Where Debian asks whether a service may start. Exit code 101 means no. */
const POLICY = '/usr/sbin/policy-rc.d';

export function isDebian() {
  return existsSync('/etc/debian_version') && which('apt-get') !== undefined && which('dpkg') !== undefined;
}

export function isRoot() {
  return process.getuid?.() === 0;
}

let listsAreFresh = false;

/**
 * Installs Debian packages, without their recommendations and without any service being started. For root only.
 * @param {readonly string[]} packages
 * @returns {Promise<boolean>} whether apt-get said they are installed
 */
export async function installPackages(packages) {
  say(`installing ${packages.join(', ')} with apt-get`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  if (!listsAreFresh) {
    const update = await run('apt-get', ['update', '-qq'], { env, quiet: true });
    if (update.code !== 0) say(`apt-get update failed:\n${update.output.trimEnd()}`);
    listsAreFresh = update.code === 0;
  }
  const install = await withoutServices(() =>
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env, quiet: true }),
  );
  if (install.code !== 0) say(`apt-get install failed:\n${install.output.trimEnd()}`);
  return install.code === 0;
}

/**
 * Puts a policy that forbids starting services in place for the time of `work`, and what was there before back after it.
 * @template T
 * @param {() => Promise<T>} work
 * @param {string} [policy]
 * @returns {Promise<T>}
 */
export async function withoutServices(work, policy = POLICY) {
  const kept = `${policy}.countersign-kept`;
  const had = existsSync(policy);
  if (had) renameSync(policy, kept);
  try {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    return await work();
  } finally {
    rmSync(policy, { force: true });
    if (had) renameSync(kept, policy);
  }
}

/**
 * Downloads Debian packages and what they need, and unpacks them below `folder`; nothing of the system is touched and
 * no root is needed. apt keeps its lists and its lock below the folder too.
 * @param {readonly string[]} packages
 * @param {string} folder
 * @returns {Promise<string | undefined>} the root of the unpacked tree, or undefined when apt-get could not get them
 */
export async function unpackPackages(packages, folder) {
  const apt = join(folder, 'apt');
  const root = join(folder, 'root');
  mkdirSync(join(apt, 'state/lists/partial'), { recursive: true });
  mkdirSync(join(apt, 'cache/archives/partial'), { recursive: true });
  const own = [
    `Dir::State=${apt}/state`,
    'Dir::State::status=/var/lib/dpkg/status',
    `Dir::Cache=${apt}/cache`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option]);
  const update = await run('apt-get', [...own, 'update', '-qq'], { quiet: true });
  const install = [...own, 'install', '--download-only', '--reinstall', '-y', '-qq', '--no-install-recommends'];
  const download = await run('apt-get', [...install, ...packages], { quiet: true });
  const archives = join(apt, 'cache/archives');
  const files = readdirSync(archives).filter((name) => name.endsWith('.deb'));
  if (download.code !== 0 || files.length === 0) {
    say(`could not download ${packages.join(', ')}:\n${`${update.output}${download.output}`.trimEnd()}`);
    return undefined;
  }
  for (const name of files) {
    const unpacked = await run('dpkg', ['-x', join(archives, name), root], { quiet: true });
    if (unpacked.code !== 0) return undefined;
  }
  rmSync(apt, { recursive: true, force: true });
  return root;
}
