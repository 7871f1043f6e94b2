import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withoutServices } from '../../../start/install/debian.mjs';
import { headersOfNode, installKey, isFresh, isLockfileGap } from '../../../start/install/packages.mjs';
import { findRedisServer } from '../../../start/install/redis.mjs';
import { nodeProblem } from '../../../start/install/version.mjs';
import { which } from '../../../start/install/which.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-install-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});
function makeProgram(path: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
}

describe('the Node version', () => {
  test.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('%s is new enough', (version) => {
    expect(nodeProblem(version)).toBeUndefined();
  });
  test.each(['18.20.4', '20.18.9'])('%s is refused with where to get another', (version) => {
    expect(nodeProblem(version)).toMatch(/needs Node 20\.19 or newer, and this is .*nodejs\.org/);
  });
});

describe('installed packages are stale', () => {
  const here = { modules: '115', platform: 'linux', arch: 'x64' };
  test.each([
    ['the lockfile changed', 'other', here],
    ['Node has another binary interface', 'lock', { ...here, modules: '127' }],
    ['the platform is another', 'lock', { ...here, platform: 'darwin' }],
    ['the processor is another', 'lock', { ...here, arch: 'arm64' }],
  ])('when %s', (_, lockfile, runtime) => {
    expect(installKey(lockfile, runtime)).not.toBe(installKey('lock', here));
  });

  test('when no install was finished, and fresh once its key is written', () => {
    writeFileSync(join(folder, 'package-lock.json'), '{}');
    mkdirSync(join(folder, 'node_modules'));
    expect(isFresh(folder)).toBe(false);
    writeFileSync(join(folder, 'node_modules/.countersign-installed'), installKey('{}'));
    expect(isFresh(folder)).toBe(true);
  });
});

test.each([
  ['npm error code EUSAGE\nnpm error Missing: @x/y-darwin-arm64@ from lock file', 1, true],
  ['npm error gyp ERR! find Python', 1, false],
  ['added 233 packages', 0, false],
])('a gap in the lockfile is told from other failures: %j', (output, code, expected) => {
  expect(isLockfileGap({ code, output })).toBe(expected);
});

test("Node's own headers are used where it brought them", () => {
  const execPath = makeProgram(join(folder, 'bin/node'));
  expect(headersOfNode(execPath)).toEqual({});
  mkdirSync(join(folder, 'include/node'), { recursive: true });
  writeFileSync(join(folder, 'include/node/node.h'), '');
  expect(headersOfNode(execPath)).toEqual({ npm_config_nodedir: folder });
});

describe('a program', () => {
  test('is found on PATH by the first of its names, and only when it can be run', () => {
    vi.stubEnv('PATH', `${folder}/a:${folder}/b`);
    makeProgram(join(folder, 'a/other'));
    makeProgram(join(folder, 'b/wanted'));
    writeFileSync(join(folder, 'a/wanted'), 'not executable');
    expect(which('wanted', 'other')).toBe(join(folder, 'b/wanted'));
    expect(which('nothing')).toBeUndefined();
  });

  test('redis-server comes before valkey-server, and an unpacked copy is found when neither is on PATH', () => {
    vi.stubEnv('PATH', `${folder}/bin`);
    expect(findRedisServer(folder)).toBeUndefined();
    const unpacked = makeProgram(join(folder, 'redis/redis-server'));
    expect(findRedisServer(folder)).toBe(unpacked);
    const valkey = makeProgram(join(folder, 'bin/valkey-server'));
    expect(findRedisServer(folder)).toBe(valkey);
    const redis = makeProgram(join(folder, 'bin/redis-server'));
    expect(findRedisServer(folder)).toBe(redis);
  });
});

describe('while packages are installed', () => {
  test('no service may start, and the policy that was there comes back', async () => {
    const policy = join(folder, 'policy-rc.d');
    writeFileSync(policy, 'what the administrator wrote');
    await withoutServices(async () => expect(readFileSync(policy, 'utf8')).toContain('exit 101'), policy);
    expect(readFileSync(policy, 'utf8')).toBe('what the administrator wrote');
  });

  test('a policy of ours is gone afterwards, also when the install fails', async () => {
    const policy = join(folder, 'policy-rc.d');
    const failing = withoutServices(async () => Promise.reject(new Error('no network')), policy);
    await expect(failing).rejects.toThrow('no network');
    expect(existsSync(policy)).toBe(false);
  });
});
