/**
 * What `npm start` and `npm test` run, on a bare clone too: plain JavaScript and node: modules only, since nothing may
 * be installed yet. Installs what is missing, then hands over to TypeScript.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from './install/packages.mjs';
import { obtainRedisServer } from './install/redis.mjs';
import { CannotStartError } from './install/run.mjs';
import { obtainTestTools } from './install/tools.mjs';
import { nodeProblem } from './install/version.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, '.cache');

/**
 * The supervisor runs in this very process: one less to signal and to wait for. From here to its end Ctrl-C is its
 * matter; before, during the install, it ends the install as anybody would expect.
 */
async function start() {
  await ensurePackages(root);
  if (!process.env.REDIS_URL && !process.env.REDIS_URL_FILE) {
    process.env.COUNTERSIGN_REDIS_SERVER ||= await obtainRedisServer(cache);
  }
  const { register } = await import('tsx/esm/api');
  register();
  await import(new URL('./main.ts', import.meta.url).href);
}

/** @param {readonly string[]} args what follows `npm test --` */
async function test(args) {
  await ensurePackages(root);
  const env = { ...process.env, ...(await obtainTestTools(cache)), COUNTERSIGN_TEST_TOOLS: 'checked' };
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...args], { cwd: root, env, stdio: 'inherit' });
  // A terminal sends Ctrl-C to vitest as well; waiting for it keeps its last words before the prompt.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

async function main() {
  const problem = nodeProblem(process.versions.node);
  if (problem) throw new CannotStartError(problem);
  const [what, ...args] = process.argv.slice(2);
  if (what === 'start') await start();
  else if (what === 'test') await test(args);
  else throw new CannotStartError('Usage: node start/bootstrap.mjs start | test [what to test]');
}

try {
  await main();
} catch (error) {
  if (!(error instanceof CannotStartError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
