import { expect, it } from 'vitest';
import { startSandbox } from '../../../sandbox/server/sandbox.ts';
import { makeClient, refusal, startApp } from './app.ts';
import { openWindow } from './window.ts';

it('groups are listed with members and counts as asked, disabled ones only on request', async () => {
  await using sandbox = await startSandbox();
  const client = makeClient(sandbox);
  const list = async (options: object = {}) => (await client.usergroups.list(options)).usergroups;
  expect((await list())?.map(({ id, handle }) => [id, handle])).toEqual([
    ['S0SECURITY', 'security'],
    ['S0PLATFORM', 'platform-team'],
  ]);
  expect((await list())?.[1]).not.toHaveProperty('users');
  expect((await list({ include_users: true, include_count: true }))?.[1]).toMatchObject({
    users: ['U0ALICE', 'U0BOB'],
    user_count: 2,
  });
  await sandbox.changeGroup('S0PLATFORM', { disabled: true });
  expect((await list())?.map(({ id }) => id)).toEqual(['S0SECURITY']);
  expect((await list({ include_disabled: true }))?.[1]?.date_delete).toBeGreaterThan(0);
  const users = (options: object = {}) => client.usergroups.users.list({ usergroup: 'S0PLATFORM', ...options });
  expect(await refusal(users())).toMatchObject({ error: 'no_such_subteam' });
  expect((await users({ include_disabled: true })).users).toEqual(['U0ALICE', 'U0BOB']);
});

it.each(['http', 'socket'] as const)('a change of members is told by two events over %s', async (mode) => {
  await using sandbox = await startSandbox();
  const events: unknown[] = [];
  await using app = await startApp(
    sandbox,
    (bolt) => {
      bolt.event('subteam_members_changed', async ({ event }) => void events.push(event));
      bolt.event('subteam_updated', async ({ event }) => void events.push(event));
    },
    mode,
  );
  await sandbox.setGroupMembers('S0PLATFORM', ['U0BOB', 'U0ADA']);
  await expect.poll(() => events.length).toBe(2);
  expect(events).toMatchObject([
    {
      type: 'subteam_members_changed',
      subteam_id: 'S0PLATFORM',
      team_id: 'T0ACME',
      added_users: ['U0ADA'],
      added_users_count: 1,
      removed_users: ['U0ALICE'],
    },
    {
      type: 'subteam_updated',
      subteam: { id: 'S0PLATFORM', users: ['U0BOB', 'U0ADA'], user_count: 2, date_delete: 0 },
    },
  ]);
  expect((await app.app.client.usergroups.users.list({ usergroup: 'S0PLATFORM' })).users).toEqual(['U0BOB', 'U0ADA']);
  await sandbox.changeGroup('S0PLATFORM', { handle: 'platform', disabled: true });
  await expect.poll(() => events.length).toBe(3);
  expect(events[2]).toMatchObject({ type: 'subteam_updated', subteam: { handle: 'platform' } });
});

it('a change holds although no app listens, and nobody unknown can be a member', async () => {
  await using sandbox = await startSandbox();
  await sandbox.setGroupMembers('S0PLATFORM', []);
  expect((await makeClient(sandbox).usergroups.users.list({ usergroup: 'S0PLATFORM' })).users).toEqual([]);
  await expect(sandbox.setGroupMembers('S0PLATFORM', ['U0NOBODY'])).rejects.toThrow('no user U0NOBODY');
  await expect(sandbox.setGroupMembers('S0NONE', [])).rejects.toThrow('no user group S0NONE');
});

it('a workspace without user groups refuses the whole family, until it has paid', async () => {
  await using sandbox = await startSandbox();
  const client = makeClient(sandbox);
  const unpaid = sandbox.faults.add({ method: 'usergroups.*', kind: 'error', error: 'plan_upgrade_required' });
  expect(await refusal(client.usergroups.list())).toMatchObject({ error: 'plan_upgrade_required' });
  expect(await refusal(client.usergroups.users.list({ usergroup: 'S0PLATFORM' }))).toMatchObject({
    error: 'plan_upgrade_required',
  });
  expect(await client.users.info({ user: 'U0BOB' })).toMatchObject({ ok: true });
  unpaid.remove();
  expect(await client.usergroups.list()).toMatchObject({ ok: true });
});

it('the page knows the groups by their handles', async () => {
  await using sandbox = await startSandbox();
  using bob = await openWindow(sandbox, 'U0BOB');
  expect(bob.first.groups).toContainEqual({ id: 'S0PLATFORM', handle: 'platform-team', name: 'Platform team' });
});
