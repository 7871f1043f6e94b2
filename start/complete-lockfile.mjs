/**
 * Adds to package-lock.json the packages of other platforms that npm left out.
 *
 * A registry that does not serve every platform's package makes `npm install` write a lockfile with gaps, and `npm ci`
 * then refuses it on every machine ("Missing: @biomejs/cli-darwin-arm64@ from lock file"). The gaps are all optional
 * dependencies of packages that are in the lockfile; this walks them and writes an entry for each, with the platform
 * read from the name. No entry has a URL or a hash: whoever installs it asks the registry of their own choice.
 *
 * Run by `npm run lockfile`, after every `npm install`. `--check` changes nothing and fails when there is a gap.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OPERATING_SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

/** @typedef {{ version?: string, resolved?: string, dev?: boolean, optionalDependencies?: Record<string, string> }} Entry */
/** @typedef {{ packages: Record<string, Entry> }} Lockfile as npm writes it (lockfileVersion 3) */

/**
 * The same lockfile without gaps, and the names that were added.
 * @param {Lockfile} lockfile not changed
 */
export function completeLockfile(lockfile) {
  const packages = { ...lockfile.packages };
  const added = [];
  for (const [path, parent] of Object.entries(lockfile.packages)) {
    for (const [name, range] of Object.entries(parent.optionalDependencies ?? {})) {
      if (isThere(packages, path, name)) continue;
      packages[`node_modules/${name}`] = entryFor(name, range, parent);
      added.push(name);
    }
  }
  const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
  return { lockfile: { ...lockfile, packages: sorted }, added };
}

/**
 * Node looks for a package beside its parent, then in every folder above.
 * @param {Record<string, Entry>} packages @param {string} path @param {string} name
 */
function isThere(packages, path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}

/** @param {string} name @param {string} range @param {Entry} parent */
function entryFor(name, range, parent) {
  const { os, cpu, libc } = platformOf(name);
  return {
    version: range.replace(/^[~^=v]+/, ''),
    ...(cpu ? { cpu: [cpu] } : {}),
    ...(parent.dev ? { dev: true } : {}),
    ...(libc ? { libc: [libc] } : {}),
    optional: true,
    ...(os ? { os: [os] } : {}),
  };
}

/**
 * `@x/binding-linux-arm64-musl` -> linux, arm64, musl. Such packages are named for where they run.
 * @param {string} name
 */
export function platformOf(name) {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  return {
    os: OPERATING_SYSTEMS.find((word) => words.includes(word)),
    cpu: PROCESSORS.find((word) => words.includes(word)),
    libc: words.some((word) => word.startsWith('musl'))
      ? 'musl'
      : words.some((word) => word.startsWith('gnu'))
        ? 'glibc'
        : undefined,
  };
}

/**
 * Addresses that would tie the lockfile to one registry.
 * @param {Lockfile} lockfile
 */
export function registryAddresses(lockfile) {
  return Object.values(lockfile.packages)
    .map((entry) => entry.resolved)
    .filter((resolved) => resolved !== undefined);
}

function main() {
  const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
  const before = JSON.parse(readFileSync(path, 'utf8'));
  const { lockfile, added } = completeLockfile(before);
  const addresses = registryAddresses(before);
  for (const entry of Object.values(lockfile.packages)) delete entry.resolved;
  if (process.argv.includes('--check')) {
    if (added.length === 0 && addresses.length === 0) return;
    console.error(
      `package-lock.json lacks ${added.length} packages and holds ${addresses.length} addresses: npm run lockfile`,
    );
    process.exitCode = 1;
    return;
  }
  if (added.length > 0 || addresses.length > 0) writeFileSync(path, `${JSON.stringify(lockfile, null, 2)}\n`);
  console.log(added.length === 0 ? 'package-lock.json has no gap.' : `Added to package-lock.json: ${added.join(', ')}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
