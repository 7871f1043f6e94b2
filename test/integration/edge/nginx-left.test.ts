import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { changesTo, readIds, writeIssuers } from '../../../edge/nginx/left.ts';

/** What an agent of nginx finds of the one before it. */
let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'cs-left-'));
});
afterEach(() => rmSync(path, { recursive: true }));

const changed = (kind: 'recent' | 'released', authorityId: string, serial: string) => {
  mkdirSync(join(path, kind, authorityId), { recursive: true });
  writeFileSync(join(path, kind, authorityId, serial), '');
};
const own = (id: string) => id;

it('is brought to what is revoked now: what is there already, and what was released, is not told again', async () => {
  writeFileSync(join(path, 'revoked.map'), 'a:0A 1;\na:0B 1;\na:0C 1;\nb:0A 1;\nb:FF 1;\n');
  changed('released', 'a', '0B');
  changed('recent', 'a', '0D');
  // Of one that was revoked again the list says so already, and of one that is written twice the release counts.
  changed('recent', 'a', '0A');
  changed('released', 'a', '0E');
  changed('recent', 'a', '0E');
  const changes = await changesTo(path, own, [
    { authorityId: 'a', serials: ['0a', '0d', '0e', '1f00'] },
    { authorityId: 'c', serials: ['0b'] },
    { authorityId: 'b', serials: ['0a', 'ff'] },
  ]);
  expect(changes).toEqual([
    { authorityId: 'a', serial: '0e', revoked: true },
    { authorityId: 'a', serial: '1f00', revoked: true },
    { authorityId: 'a', serial: '0c', revoked: false },
    { authorityId: 'c', serial: '0b', revoked: true },
  ]);
});

it('is brought under the ids that it has for the same issuers', async () => {
  await writeIssuers(path, [{ pattern: '^CN=One$', authorityId: 'gone' }]);
  writeFileSync(join(path, 'revoked.map'), 'gone:0A 1;\n');
  const idOf = await readIds(path, [
    { pattern: '^CN=One$', authorityId: 'one' },
    { pattern: '^CN=New$', authorityId: 'new' },
  ]);
  expect(['one', 'new', 'later'].map(idOf)).toEqual(['gone', 'new', 'later']);
  expect(await changesTo(path, idOf, [{ authorityId: 'one', serials: ['0a', '0b'] }])).toEqual([
    { authorityId: 'gone', serial: '0b', revoked: true },
  ]);
});

it('is brought where it was not written to its end', async () => {
  writeFileSync(join(path, 'issuers.json'), '[{"pattern":');
  writeFileSync(join(path, 'revoked.map'), 'a:0A 1;\na:0B');
  const idOf = await readIds(path, [{ pattern: 'x', authorityId: 'a' }]);
  const revocations = [{ authorityId: 'a', serials: ['0a', '0b'] }];
  expect(await changesTo(path, idOf, revocations)).toEqual([{ authorityId: 'a', serial: '0b', revoked: true }]);
  rmSync(join(path, 'revoked.map'));
  expect(await changesTo(path, idOf, revocations)).toHaveLength(2);
});
