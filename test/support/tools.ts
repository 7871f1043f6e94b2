import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

/**
 * The programs tests need beside Node, each as a path or undefined. `npm test` finds or installs them and hands their
 * paths over; vitest run by itself looks on PATH.
 */
export const tools = {
  redisServer: find('COUNTERSIGN_TEST_REDIS_SERVER', ['redis-server', 'valkey-server']),
  openssl: find('COUNTERSIGN_TEST_OPENSSL', ['openssl']),
  certtool: find('COUNTERSIGN_TEST_CERTTOOL', ['certtool']),
  ocsptool: find('COUNTERSIGN_TEST_OCSPTOOL', ['ocsptool']),
  /** Checks a compose file against its schema; needs no engine for that. */
  dockerCompose: find('COUNTERSIGN_TEST_DOCKER_COMPOSE', ['docker-compose']),
  nginx: find('COUNTERSIGN_TEST_NGINX', ['nginx']),
  haproxy: find('COUNTERSIGN_TEST_HAPROXY', ['haproxy']),
  chromium: find('COUNTERSIGN_TEST_CHROMIUM', ['chromium', 'chromium-browser', 'google-chrome']),
} as const;

export type ToolName = keyof typeof tools;

/**
 * `describe` for tests that need programs, whose paths it hands on. Without one of them the tests are skipped, and the
 * report says for want of what; with CI=true they fail instead.
 *
 *     describeWith('chromium', 'the sandbox page', ({ chromium }) => { ... });
 *     describeWith(['openssl', 'certtool'], 'a leaf', ({ openssl, certtool }) => { ... });
 */
export function describeWith<Name extends ToolName>(
  needed: Name | readonly Name[],
  name: string,
  tests: (paths: Readonly<Record<Name, string>>) => void,
): void {
  const names: readonly Name[] = typeof needed === 'string' ? [needed] : needed;
  const missing = names.filter((tool) => tools[tool] === undefined);
  // vitest runs the function of a skipped group too, to learn the names: it gets paths that lead nowhere.
  const paths = Object.fromEntries(names.map((tool) => [tool, tools[tool] ?? '/not/here'])) as Record<Name, string>;
  if (missing.length === 0) describe(name, () => tests(paths));
  else if (process.env['CI'] === 'true')
    throw new Error(`${name}: needs ${missing.join(', ')}, and CI leaves out nothing.`);
  else describe.skip(`${name} (skipped: no ${missing.join(', no ')} here)`, () => tests(paths));
}

function find(variable: string, programs: readonly string[]): string | undefined {
  const given = process.env[variable];
  if (given) return given;
  // npm test has looked everywhere already: what it did not hand over is not to be had.
  if (process.env['COUNTERSIGN_TEST_TOOLS'] === 'checked') return undefined;
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
