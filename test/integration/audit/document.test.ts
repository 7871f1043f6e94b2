import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointLine, eventLine } from '../../../core/audit/export-lines.ts';
import {
  auditKeyOf,
  chainOf,
  exportOf,
  type Link,
  randomEvents,
  randomOf,
  signedAt,
} from '../../support/audit-chain.ts';

/** The program that docs/audit.md gives to whoever trusts nobody here, run as it stands there. */
const page = readFileSync('docs/audit.md', 'utf8');
const codeIn = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text]) => text as string);

const key = auditKeyOf(1);
const chain = chainOf(randomEvents(randomOf(11), 40));
const lines = exportOf(key, chain, { checkpoints: [7, 30] });
const anchor = signedAt(key, chain, 35);
const at = lines.findIndex((line) => line.includes('"sequence":20,'));
const twenty = JSON.parse(lines[at] as string) as { event: Link['content']; hash: string };

describe('docs/audit.md', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cs-audit-doc-'));
    writeFileSync(join(folder, 'check.mjs'), codeIn('js')[0] as string);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function check(content: readonly string[], ...anchors: string[]) {
    writeFileSync(join(folder, 'export.jsonl'), content.map((line) => `${line}\n`).join(''));
    const args = ['check.mjs', 'export.jsonl', key.publicKey.text, ...anchors];
    return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  }

  it('has a program that finds a good export intact', () => {
    expect(check(lines, anchor, signedAt(key, chain, 1))).toMatchObject({
      status: 0,
      stdout: 'INTACT: events 1 to 40 of T1, 2 anchors agree\n',
    });
    expect(check(exportOf(key, chain, { first: 15 }), signedAt(key, chain, 14))).toMatchObject({ status: 0 });
  });

  const forged = chainOf(randomEvents(randomOf(12), 40));
  it.each<[string, readonly string[], string[], RegExp]>([
    [
      'a changed event',
      lines.with(at, eventLine({ ...twenty.event, actor: 'U0EVE' }, twenty.hash)),
      [],
      /event 20 was changed/,
    ],
    ['a removed one', lines.toSpliced(at, 1), [], /event 20 is expected, event 21 comes/],
    ['a cut end', exportOf(key, chain.slice(0, 20)), [anchor], /event 35, of which an anchor speaks/],
    ['a cut beginning', exportOf(key, chain, { first: 15 }), [signedAt(key, chain, 3)], /event 3, of which/],
    ['a chain written anew', exportOf(key, forged, { checkpoints: [30] }), [anchor], /anchor contradicts event 35/],
    ['another key', exportOf(auditKeyOf(2), chain, { checkpoints: [7] }), [], /not signed with this key/],
    [
      'a checkpoint of another chain',
      lines.with(8, checkpointLine(signedAt(key, forged, 7))),
      [],
      /checkpoint after event 7/,
    ],
    ['an anchor of another account', lines, [signedAt(key, chain, 3, 'T2')], /of another account/],
    ['a missing end', lines.slice(0, -1), [], /end is missing/],
  ])('has a program that finds %s', (_what, content, anchors, told) => {
    expect(check(content, ...anchors)).toMatchObject({ status: 1, stdout: expect.stringMatching(told) });
  });

  it('has a command that prints the hash of one event', () => {
    check(lines);
    const command = codeIn('sh').find((text) => text.includes('sha256sum')) as string;
    const { stdout, status } = spawnSync('sh', ['-c', command.replace(/countersign-audit-\S+/, 'export.jsonl')], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stdout.split(' ')[0]).toBe(JSON.parse(lines[1] as string).hash);
  });

  it('names every kind of fault, and the form of a checkpoint', () => {
    const kinds = /kind:\n((?:\s+\| '\w+'\n?)+);/.exec(readFileSync('core/audit/faults.ts', 'utf8'))?.[1] ?? '';
    const names = [...kinds.matchAll(/'(\w+)'/g)].map(([, name]) => name as string);
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(page).toMatch(new RegExp(`^\\| \`${name}\` +\\|`, 'm'));
    expect(page).toContain('countersign-audit-v1 ACCOUNT SEQUENCE HASH TIME KEYID SIGNATURE');
  });
});
