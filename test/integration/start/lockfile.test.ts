import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { registryAddresses } from '../../../start/complete-lockfile.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

test('npm ci accepts the lockfile (if not: npm run lockfile)', () => {
  const { npm_config_nodedir: _, ...env } = process.env;
  expect(() =>
    execFileSync('npm', ['ci', '--dry-run', '--ignore-scripts'], { cwd: root, env, stdio: 'pipe' }),
  ).not.toThrow();
});

test('the lockfile names no registry', () => {
  expect(registryAddresses(JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8')))).toEqual([]);
});
