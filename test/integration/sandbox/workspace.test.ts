import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../../core/logger.ts';
import { startSandbox } from '../../../sandbox/server/sandbox.ts';
import { seedRoles } from '../../../sandbox/server/seed-roles.ts';
import { MORE_SCOPES, makeClient, modal, plain, startApp } from './app.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
});
afterEach(() => rm(directory, { recursive: true }));

it('messages, Homes and memberships outlive a restart; ephemerals do not', async () => {
  {
    await using sandbox = await startSandbox({ dataDir: directory, scopes: MORE_SCOPES });
    const client = makeClient(sandbox);
    const bob = sandbox.person('U0BOB');
    await client.conversations.join({ channel: 'C0GENERAL' });
    await client.chat.postMessage({ channel: 'C0GENERAL', text: 'Lasting' });
    await client.chat.postEphemeral({ channel: 'C0GENERAL', user: 'U0BOB', text: 'Fleeting' });
    await client.views.publish({ user_id: 'U0BOB', view: { type: 'home', blocks: [] } });
    expect(bob.ephemerals('C0GENERAL')).toHaveLength(1);
  }
  const path = join(directory, 'workspace.json');
  expect(await readFile(path, 'utf8')).not.toContain('Fleeting');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await using sandbox = await startSandbox({ dataDir: directory });
  const bob = sandbox.person('U0BOB');
  expect(bob.messages('C0GENERAL').map(({ text }) => text)).toEqual(['Lasting']);
  expect(bob.home?.type).toBe('home');
  const first = bob.messages('C0GENERAL')[0]?.ts ?? '';
  expect(Number(bob.say('C0GENERAL', 'Later').ts)).toBeGreaterThan(Number(first));
});

it('roles are set once, by ada, through the settings of the real app', async () => {
  await using sandbox = await startSandbox({ dataDir: directory });
  const field = (label: string) => ({
    type: 'input',
    block_id: label.toLowerCase(),
    label: plain(label),
    optional: true,
    element: { type: 'multi_users_select', action_id: 'users' },
  });
  const submitted: unknown[] = [];
  await using _app = await startApp(sandbox, (app) => {
    let attempts = 0;
    app.command('/mtls', async ({ ack, command, body, client }) => {
      attempts += 1;
      if (attempts === 1) return; // The first attempt is not answered: it is tried again.
      await ack();
      const view = modal(command.text, ['Administrators', 'Operators', 'Approvers', 'Viewers'].map(field));
      await client.views.open({ trigger_id: body.trigger_id, view });
    });
    app.view('m', async ({ ack, view, body }) => {
      await ack();
      const { operators, approvers } = view.state.values;
      submitted.push([body.user.id, operators?.['users']?.selected_users, approvers?.['users']?.selected_users]);
    });
  });
  await seedRoles(sandbox, silentLogger, new AbortController().signal);
  await seedRoles(sandbox, silentLogger, new AbortController().signal);
  expect(submitted).toEqual([['U0ADA', ['U0ALICE'], ['U0BOB']]]);
});
