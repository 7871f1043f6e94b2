import process from 'node:process';
import { installPackages, isDebian, isRoot } from './debian.mjs';
import { obtainRedisServer } from './redis.mjs';
import { CannotStartError, say } from './run.mjs';
import { which } from './which.mjs';

/**
 * The programs tests need beside Node. `variable` hands the path to the tests (read by test/support/tools.ts).
 * @type {readonly { name: string, programs: string[], packages: string[], variable: string }[]}
 */
export const TOOLS = [
  { name: 'openssl', programs: ['openssl'], packages: ['openssl'], variable: 'COUNTERSIGN_TEST_OPENSSL' },
  {
    name: 'dockerCompose',
    programs: ['docker-compose'],
    packages: ['docker-compose'],
    variable: 'COUNTERSIGN_TEST_DOCKER_COMPOSE',
  },
  { name: 'certtool', programs: ['certtool'], packages: ['gnutls-bin'], variable: 'COUNTERSIGN_TEST_CERTTOOL' },
  { name: 'ocsptool', programs: ['ocsptool'], packages: ['gnutls-bin'], variable: 'COUNTERSIGN_TEST_OCSPTOOL' },
  { name: 'nginx', programs: ['nginx'], packages: ['nginx-light'], variable: 'COUNTERSIGN_TEST_NGINX' },
  { name: 'haproxy', programs: ['haproxy'], packages: ['haproxy'], variable: 'COUNTERSIGN_TEST_HAPROXY' },
  {
    name: 'chromium',
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    packages: ['chromium', 'fonts-dejavu-core'],
    variable: 'COUNTERSIGN_TEST_CHROMIUM',
  },
];

/**
 * Finds what tests need and installs what is missing where that is possible (root on Debian; Redis also without root).
 * With CI=true a missing program ends the run; elsewhere the tests that need it are skipped by name.
 * @param {string} cache
 * @returns {Promise<Record<string, string>>} variables for the tests
 * @throws CannotStartError
 */
export async function obtainTestTools(cache) {
  const missing = TOOLS.filter((tool) => which(...tool.programs) === undefined);
  if (missing.length > 0 && isDebian() && isRoot()) await installPackages(missing.flatMap((tool) => tool.packages));
  /** @type {Record<string, string>} */
  const found = {};
  /** @type {string[]} */
  const absent = [];
  for (const tool of TOOLS) {
    const path = which(...tool.programs);
    if (path) found[tool.variable] = path;
    else absent.push(`${tool.name} (package ${tool.packages[0]})`);
  }
  try {
    found.COUNTERSIGN_TEST_REDIS_SERVER = await obtainRedisServer(cache);
  } catch (error) {
    if (!(error instanceof CannotStartError)) throw error;
    absent.push('redis-server');
  }
  if (absent.length > 0 && process.env.CI === 'true') {
    throw new CannotStartError(`Tests need ${absent.join(', ')}, and with CI=true none may be left out.`);
  }
  for (const name of absent) say(`${name} is not here: tests that need it are skipped`);
  return found;
}
