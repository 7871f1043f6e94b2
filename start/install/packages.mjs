import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { installPackages, isDebian, isRoot } from './debian.mjs';
import { CannotStartError, run, say } from './run.mjs';
import { which } from './which.mjs';

/**
 * What an install depends on: the lockfile, Node's binary interface (compiled packages), the platform and processor.
 * @param {string} lockfile its text
 * @param {{ modules: string, platform: string, arch: string }} [runtime]
 */
export function installKey(lockfile, runtime = thisRuntime()) {
  return createHash('sha256')
    .update(JSON.stringify([lockfile, runtime.modules, runtime.platform, runtime.arch]))
    .digest('hex');
}

function thisRuntime() {
  return { modules: process.versions.modules, platform: process.platform, arch: process.arch };
}

/**
 * Whether node_modules was installed by us from this lockfile for this Node. An interrupted install left no key.
 * @param {string} root
 */
export function isFresh(root) {
  const path = keyPath(root);
  return existsSync(path) && readFileSync(path, 'utf8') === installKey(readLockfile(root));
}

/**
 * Installs what package-lock.json says when node_modules is missing or stale.
 * @param {string} root
 * @throws CannotStartError with what to do
 */
export async function ensurePackages(root) {
  if (isFresh(root)) return;
  const from = Date.now();
  say('installing packages (once; when better-sqlite3 has to be compiled, that takes minutes on a busy machine)');
  const first = await install(root);
  if (first.code !== 0 || !(await databaseLoads(root))) {
    await ensureCompiler();
    await repair(root, first.code);
  }
  mkdirSync(dirname(keyPath(root)), { recursive: true });
  writeFileSync(keyPath(root), installKey(readLockfile(root)));
  say(`packages are installed (${Math.round((Date.now() - from) / 1000)} s)`);
}

/** @param {string} root */
const keyPath = (root) => join(root, 'node_modules', '.countersign-installed');
/** @param {string} root */
const readLockfile = (root) => readFileSync(join(root, 'package-lock.json'), 'utf8');

/**
 * `npm ci`; where the lockfile has gaps for npm, `npm install --no-save`, which accepts and keeps it.
 * `--include=dev` because NODE_ENV=production would leave out tsx, which runs everything here.
 * @param {string} root
 */
async function install(root) {
  const quietly = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const ci = await npm(root, ['ci', ...quietly]);
  if (!isLockfileGap(ci)) return ci;
  say('npm finds the lockfile incomplete; installing with npm install instead');
  return npm(root, ['install', '--no-save', ...quietly]);
}

/** @param {{ code: number, output: string }} result */
export function isLockfileGap(result) {
  return result.code !== 0 && /EUSAGE|Missing: .+ from lock file/.test(result.output);
}

/**
 * After a failed install the whole is repeated (a failing compile leaves nothing behind); after one that passed with
 * scripts switched off, only the compile is missing.
 * @param {string} root @param {number} code
 */
async function repair(root, code) {
  const again =
    code === 0 ? await npm(root, ['rebuild', 'better-sqlite3', '--ignore-scripts=false']) : await install(root);
  if (again.code !== 0 || !(await databaseLoads(root))) {
    throw new CannotStartError(
      'The packages could not be installed; npm says why above. Once that is solved, run the same command again.',
    );
  }
}

/**
 * @param {string} root
 * @returns {Promise<boolean>}
 */
async function databaseLoads(root) {
  const result = await run(process.execPath, ['-e', "new (require('better-sqlite3'))(':memory:').close()"], {
    cwd: root,
    quiet: true,
  });
  return result.code === 0;
}

/** better-sqlite3 is compiled where no prebuilt file can be had. Without any of the three nothing else is to blame. */
async function ensureCompiler() {
  const missing = [which('python3') ? '' : 'python3', which('make') ? '' : 'make', which('g++', 'c++') ? '' : 'g++'];
  const packages = missing.filter((name) => name !== '');
  if (packages.length === 0) return;
  if (isDebian() && isRoot() && (await installPackages(packages))) return;
  throw new CannotStartError(
    `better-sqlite3 has to be compiled here and ${packages.join(', ')} ${packages.length === 1 ? 'is' : 'are'} missing. ` +
      `Install ${packages.join(', ')} (${installHint(packages)}), then run the same command again.`,
  );
}

/** @param {readonly string[]} packages */
function installHint(packages) {
  if (process.platform === 'darwin') return 'xcode-select --install';
  return isDebian() ? `sudo apt-get install ${packages.join(' ')}` : 'with the package manager of this system';
}

/**
 * The npm that started us, else the one beside Node, else the one on PATH.
 * @param {string} root @param {readonly string[]} args
 */
async function npm(root, args) {
  const script = [process.env.npm_execpath, ...npmBesideNode()].find(
    (path) => path?.endsWith('.js') && existsSync(path),
  );
  const onPath = which('npm');
  const env = { ...process.env, ...headersOfNode() };
  if (script) return run(process.execPath, [script, ...args], { cwd: root, env });
  if (onPath) return run(onPath, args, { cwd: root, env });
  throw new CannotStartError('npm is not here. It comes with Node: https://nodejs.org');
}

function npmBesideNode() {
  const prefix = resolve(dirname(process.execPath), '..');
  return ['lib', 'share'].map((folder) => join(prefix, folder, 'node_modules/npm/bin/npm-cli.js'));
}

/**
 * node-gyp downloads Node's headers unless told where they are. Where this Node brought its own, they are the right
 * ones, whatever the environment said before.
 * @param {string} [execPath]
 * @returns {Record<string, string>}
 */
export function headersOfNode(execPath = process.execPath) {
  const prefix = resolve(dirname(execPath), '..');
  return existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
}
