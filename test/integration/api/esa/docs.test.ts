import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ESA_CODES } from '../../../../api/esa/error.ts';
import { OPERATIONS } from '../../../../api/esa/operations/index.ts';
import { startEsaRig } from '../../../support/esa-rig.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const page = readFileSync(`${ROOT}docs/openapi.md`, 'utf8');

function rowsBelow(heading: string): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

test('the page lists every operation, as it is', () => {
  const told = OPERATIONS.map(({ name, methods, group, access, summary }) => [
    name,
    methods.join(', '),
    group ?? 'any key',
    access,
    summary,
  ]);
  expect(rowsBelow('Operations')).toEqual(told);
});

test('the page lists every code with its status', () => {
  const told = rowsBelow('Errors').map(([code, status]) => [code, Number(status)]);
  expect(Object.fromEntries(told)).toEqual(ESA_CODES);
});

test('its program runs', async () => {
  await using rig = await startEsaRig();
  const { row, secret } = await rig.key();
  const program = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const env = {
    PATH: process.env['PATH'],
    ACCESS_KEY_ID: row.accessKeyId,
    ACCESS_KEY_SECRET: secret,
    ENDPOINT: rig.host,
  };
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { cwd: ROOT, env });
  expect(stdout).toMatch(/^[0-9a-f]{32} for example\.com, until \d{4}-\d\d-\d\dT/);
});
