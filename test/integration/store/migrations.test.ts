import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

it('the migrations lead to exactly the schema in the code: generating them again adds nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cs-drift-'));
  cpSync(join(root, 'migrations', 'sqlite'), folder, { recursive: true });
  const before = readdirSync(folder);
  const kit = join(root, 'node_modules', 'drizzle-kit', 'bin.cjs');
  const options = ['--dialect', 'sqlite', '--schema', 'core/store/sqlite/schema.ts', '--out', relative(root, folder)];
  const said = execFileSync(process.execPath, [kit, 'generate', '--name', 'drift', ...options], { cwd: root });
  expect(said.toString()).toContain('No schema changes');
  expect(readdirSync(folder)).toEqual(before);
  rmSync(folder, { recursive: true });
});
