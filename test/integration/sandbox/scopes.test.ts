import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { file } from '../../../sandbox/server/local-file.ts';
import { startSandbox } from '../../../sandbox/server/sandbox.ts';
import { MANIFEST_SCOPES } from '../../../sandbox/server/scopes.ts';
import { makeClient, refusal, startApp } from './app.ts';

const without = (...left: string[]) => MANIFEST_SCOPES.filter((scope) => !left.includes(scope));

it("the sandbox grants what the app's manifest asks for, and nothing more", () => {
  const manifest = readFileSync(new URL('../../../docs/slack-manifest.yaml', import.meta.url), 'utf8');
  const bot = /\n {4}bot:\n((?: {6}[^\n]*\n)+)/.exec(manifest)?.[1] ?? '';
  const asked = [...bot.matchAll(/^ {6}- (\S+)$/gm)].map(([, scope]) => scope);
  expect(asked.sort()).toEqual([...MANIFEST_SCOPES].sort());
});

it('a call without its scope is told what is needed and what there is', async () => {
  await using sandbox = await startSandbox({ scopes: ['users:read'] });
  const client = makeClient(sandbox);
  const data = await client.chat.postMessage({ channel: 'C0AUDIT', text: 'x' }).catch((error) => error.data);
  expect(data).toMatchObject({ error: 'missing_scope', needed: 'chat:write', provided: 'users:read' });
  expect(await client.users.info({ user: 'U0BOB' })).toMatchObject({ ok: true });
  expect(await client.auth.test()).toMatchObject({ ok: true });
});

it('conversations want the scope of their kind', async () => {
  await using sandbox = await startSandbox({ scopes: without('groups:read', 'groups:history') });
  const client = makeClient(sandbox);
  expect(await client.conversations.info({ channel: 'C0PLATFORM' })).toMatchObject({ ok: true });
  const needed = (call: Promise<unknown>) => call.then(String, (error) => error.data.needed);
  expect(await needed(client.conversations.info({ channel: 'C0AUDIT' }))).toBe('groups:read');
  expect(await needed(client.conversations.history({ channel: 'C0AUDIT' }))).toBe('groups:history');
  expect(await needed(client.conversations.list({ types: 'public_channel,private_channel' }))).toBe('groups:read');
  expect(await refusal(client.conversations.info({ channel: 'C0NOWHERE' }))).toMatchObject({
    error: 'channel_not_found',
  });
  expect(await needed(client.conversations.join({ channel: 'C0GENERAL' }))).toBe('channels:join');
});

it('addresses of people are not told without their scope', async () => {
  await using plain = await startSandbox();
  await using more = await startSandbox({ scopes: ['users:read', 'users:read.email'] });
  const email = async (sandbox: typeof plain) =>
    (await makeClient(sandbox).users.info({ user: 'U0BOB' })).user?.profile?.email;
  expect([await email(plain), await email(more)]).toEqual([undefined, 'bob@acme.example']);
});

it('files: neither up nor down, and the login page in place of the bytes', async () => {
  await using sandbox = await startSandbox({ scopes: without('files:read', 'files:write') });
  const client = makeClient(sandbox);
  expect(await refusal(client.filesUploadV2({ file: Buffer.from('x'), filename: 'x' }))).toMatchObject({
    error: 'missing_scope',
  });
  const { id, name } = sandbox.person('U0BOB').upload(file('a.csr', 'x'));
  expect(await refusal(client.files.info({ file: id }))).toMatchObject({ error: 'missing_scope' });
  const answer = await fetch(`${sandbox.url}/files-pri/T0ACME-${id}/download/${name}`, {
    headers: { authorization: `Bearer ${sandbox.botToken}` },
  });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(sandbox.problems.at(-1)).toMatchObject({ method: 'url_private', error: 'missing_scope' });
});

it('changes of groups are told to those who may read them', async () => {
  await using sandbox = await startSandbox({ scopes: without('usergroups:read') });
  const events: string[] = [];
  await using _app = await startApp(sandbox, (bolt) => {
    bolt.event(/^subteam_/, async ({ event }) => void events.push(event.type));
  });
  await sandbox.setGroupMembers('S0PLATFORM', ['U0BOB']);
  await sandbox.person('U0BOB').openHome();
  expect(events).toEqual([]);
  expect(await refusal(makeClient(sandbox).usergroups.list())).toMatchObject({ error: 'missing_scope' });
});
