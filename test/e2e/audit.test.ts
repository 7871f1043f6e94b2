import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { contentOf } from '../support/acts.ts';
import { ACCOUNT, MASTER_KEY, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';

const run = (program: string, args: readonly string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, ['--import', 'tsx', program, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });

describeWith('redisServer', 'the audit', () => {
  it('is exported from Slack, and checked with the key that is printed and the checkpoint in the channel', async () => {
    await using stack = await startStack();
    await stack.setUp();
    const { ada } = stack;
    await ada.command(ada.dm, '/mtls audit');
    await ada.until(() => ada.modal?.title?.text === 'Audit');
    expect(JSON.stringify(ada.modal?.blocks)).toContain('added the site example.com');
    await ada.click('modal', 'Export…');
    await ada.until(() => ada.modal?.title?.text === 'Export the audit');
    await ada.submit({ Form: 'JSON Lines' });
    const fileId = await ada.until(() => ada.messages(ada.dm).flatMap(({ fileIds }) => fileIds ?? [])[0], 20_000);
    // An export up to now is signed at its end, and the checkpoint anchored like every other.
    const posted = await ada.until(
      () =>
        ada
          .messages('C0AUDIT')
          .map(contentOf)
          .find((text) => text.includes('countersign-audit-v1')),
      20_000,
    );

    const { name, bytes } = ada.download(fileId);
    const file = join(stack.folder, name);
    writeFileSync(file, bytes);
    const key = run('start/audit-key.ts', [], { COUNTERSIGN_MASTER_KEY: MASTER_KEY });
    expect(key).toMatchObject({ status: 0, stdout: expect.stringMatching(/^[\w-]{43}\n$/) });
    const checked = run('core/audit/verify-main.ts', [file, `--key=${key.stdout.trim()}`, '--anchor', posted]);
    expect(checked).toMatchObject({ status: 0, stderr: '' });
    expect(checked.stdout).toMatch(new RegExp(`^INTACT: events 1 to \\d+ of account ${ACCOUNT}`));
    expect(checked.stdout).toContain('1 anchor agrees');
    const told = await ada.until(() => ada.messages('C0AUDIT').find(({ text }) => text.includes('exported the audit')));
    expect(told.text).toContain('<@U0ADA>');
    expect(stack.sandbox.problems).toEqual([]);
  }, 120_000);
});
