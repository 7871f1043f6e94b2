import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { WORDS } from '../../../bot/parse.ts';
import { suggest } from '../../../sandbox/page/suggest.ts';
import { COMMANDS } from '../../../sandbox/server/web/scene.ts';

it("the sandbox's slash command reads as the app's manifest has it", () => {
  const manifest = readFileSync(new URL('../../../docs/slack-manifest.yaml', import.meta.url), 'utf8');
  const [command, ...others] = COMMANDS;
  expect(others).toEqual([]);
  for (const [key, value] of [
    ['command', command?.command],
    ['description', command?.description],
    ['usage_hint', command?.usageHint],
  ]) {
    expect(manifest).toMatch(new RegExp(`^ {4,6}(?:- )?${key}: ${value?.replaceAll('|', '\\|')}$`, 'm'));
  }
});

it.each(WORDS)('the composer offers /mtls %s', (word) => {
  const labels = suggest('/mtls ', COMMANDS).items.map(({ label, description }) => [label, description !== '']);
  expect(labels.filter(([label]) => String(label).startsWith(`/mtls ${word}`))).toContainEqual([
    expect.stringContaining(word),
    true,
  ]);
});
