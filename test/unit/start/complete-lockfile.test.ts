import { expect, test } from 'vitest';
import { completeLockfile, platformOf, registryAddresses } from '../../../start/complete-lockfile.mjs';

test('a platform package that npm left out gets an entry, and nothing else changes', () => {
  const before = {
    packages: {
      '': { version: '1.0.0' },
      'node_modules/a': { version: '2.0.0', dev: true, optionalDependencies: { '@a/linux-arm64-musl': '2.0.0' } },
      'node_modules/b': {
        version: '1.0.0',
        optionalDependencies: { 'b-darwin-x64': '^1.0.0', 'b-linux-x64': '1.0.0' },
      },
      'node_modules/b/node_modules/b-linux-x64': { version: '1.0.0' },
    },
  };
  const { lockfile, added } = completeLockfile(before);
  expect(added).toEqual(['@a/linux-arm64-musl', 'b-darwin-x64']);
  expect(lockfile.packages).toEqual({
    ...before.packages,
    'node_modules/@a/linux-arm64-musl': {
      version: '2.0.0',
      cpu: ['arm64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    },
    'node_modules/b-darwin-x64': { version: '1.0.0', cpu: ['x64'], optional: true, os: ['darwin'] },
  });
  expect(completeLockfile(lockfile).added).toEqual([]);
});

test.each([
  ['@oxc-parser/binding-linux-arm-gnueabihf', { os: 'linux', cpu: 'arm', libc: 'glibc' }],
  ['@oxc-parser/binding-linux-arm-musleabihf', { os: 'linux', cpu: 'arm', libc: 'musl' }],
  ['@oxc-parser/binding-win32-x64-msvc', { os: 'win32', cpu: 'x64', libc: undefined }],
  ['@biomejs/cli-darwin-arm64', { os: 'darwin', cpu: 'arm64', libc: undefined }],
])('%s is for the platform in its name', (name, platform) => {
  expect(platformOf(name)).toEqual(platform);
});

test('addresses of a registry are found', () => {
  const packages = { 'node_modules/a': { resolved: 'https://registry.example/a.tgz' }, 'node_modules/b': {} };
  expect(registryAddresses({ packages })).toEqual(['https://registry.example/a.tgz']);
});
