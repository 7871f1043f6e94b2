import { describe, expect, it } from 'vitest';
import type { Scene } from '../../../sandbox/contract.ts';
import { startSandbox } from '../../../sandbox/server/sandbox.ts';
import { makeClient, modal, plain, startApp } from './app.ts';
import { ask, logIn, openWindow } from './window.ts';

describe('who may use the page', () => {
  it('the printed address gives a strict cookie and leads to the page without its token', async () => {
    await using sandbox = await startSandbox();
    const { status, headers } = await ask(sandbox, `/?token=${sandbox.pageToken}`);
    expect([status, headers['location']]).toEqual([303, '/']);
    expect(String(headers['set-cookie'])).toMatch(/; HttpOnly; SameSite=Strict$/);
    const asBob = await ask(sandbox, `/?token=${sandbox.pageToken}&as=U0BOB`);
    expect(asBob.headers['location']).toBe('/?as=U0BOB');
    const cookie = await logIn(sandbox);
    const page = await ask(sandbox, '/', { headers: { cookie } });
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self';/);
    expect(page.body).toContain('<script type="module" src="/main.js">');
    expect((await ask(sandbox, '/main.js', { headers: { cookie } })).headers['content-type']).toContain('javascript');
  });

  it.each(['/', '/main.js', '/page/events?as=U0ADA', '/?token=wrong', '/faults'])(
    '%s needs the token',
    async (path) => {
      await using sandbox = await startSandbox();
      expect((await ask(sandbox, path)).status).toBe(403);
    },
  );

  it('an act needs the token too', async () => {
    await using sandbox = await startSandbox();
    expect((await ask(sandbox, '/page/say', { method: 'POST', body: '{}' })).status).toBe(403);
  });

  it('another Host is refused everywhere (DNS rebinding)', async () => {
    await using sandbox = await startSandbox();
    const cookie = await logIn(sandbox);
    for (const path of ['/', '/healthz', '/api/auth.test', '/page/events', `/?token=${sandbox.pageToken}`]) {
      const { status } = await ask(sandbox, path, { headers: { cookie, host: 'evil.example' } });
      expect([path, status]).toEqual([path, 421]);
    }
    const port = new URL(sandbox.url).port;
    expect((await ask(sandbox, '/healthz', { headers: { host: `localhost:${port}` } })).status).toBe(200);
    expect((await ask(sandbox, '/healthz', { headers: { host: `127.0.0.1.evil.example:${port}` } })).status).toBe(421);
  });

  it('another Origin is refused (CSRF), and browsers may not call what is for apps', async () => {
    await using sandbox = await startSandbox();
    const cookie = await logIn(sandbox);
    const evil = { cookie, origin: 'https://evil.example' };
    expect((await ask(sandbox, '/page/say', { method: 'POST', headers: evil, body: '{}' })).status).toBe(403);
    expect((await ask(sandbox, '/page/events', { headers: evil })).status).toBe(403);
    expect((await ask(sandbox, '/faults', { method: 'POST', headers: evil, body: '{}' })).status).toBe(403);
    expect((await ask(sandbox, '/api/auth.test', { method: 'POST', headers: evil })).status).toBe(403);
    expect((await ask(sandbox, '/page/say', { method: 'POST', headers: { cookie, origin: 'null' } })).status).toBe(403);
  });

  it('bodies are bounded', async () => {
    await using sandbox = await startSandbox();
    const headers = { cookie: await logIn(sandbox), 'content-type': 'application/json' };
    const { status } = await ask(sandbox, '/page/say', { method: 'POST', headers, body: 'x'.repeat(600_000) });
    expect(status).toBe(413);
  });
});

describe('a window of the page', () => {
  it('shows the workspace, what arrives, and forgets ephemerals when it is opened anew', async () => {
    await using sandbox = await startSandbox();
    {
      using window = await openWindow(sandbox, 'U0BOB');
      expect(window.first.me).toMatchObject({ id: 'U0BOB', name: 'bob' });
      expect(window.first.conversations.map(({ name }) => name)).toEqual([
        'general',
        'platform',
        'mtls-audit',
        'mtls-approvals',
        'countersign',
      ]);
      await makeClient(sandbox).chat.postEphemeral({ channel: 'C0AUDIT', user: 'U0BOB', text: 'Psst' });
      const audit = (scene: Scene) => scene.conversations.find(({ id }) => id === 'C0AUDIT');
      const scene = await window.until((candidate) => audit(candidate)?.messages.length === 1);
      expect(audit(scene)?.messages[0]).toMatchObject({ text: 'Psst', ephemeral: true });
    }
    using again = await openWindow(sandbox, 'U0BOB');
    expect(again.first.conversations.flatMap(({ messages }) => messages)).toEqual([]);
  });

  it('says, commands, fills a modal, and hears refusals', async () => {
    await using sandbox = await startSandbox();
    const name = {
      type: 'input',
      block_id: 'name',
      label: plain('Name'),
      element: { type: 'plain_text_input', action_id: 'value' },
    };
    await using _app = await startApp(sandbox, (app) => {
      app.command('/mtls', async ({ ack, body, client }) => {
        await ack();
        await client.views.open({ trigger_id: body.trigger_id, view: modal('Issue', [name]) });
      });
      app.view('m', async ({ ack, view }) => {
        const good = view.state.values['name']?.['value']?.value === 'good';
        await ack(good ? { response_action: 'clear' } : { response_action: 'errors', errors: { name: 'Not good.' } });
      });
    });
    using window = await openWindow(sandbox, 'U0ALICE');
    expect(await window.act('say', { conversationId: 'C0GENERAL', text: '/nothing' })).toEqual([
      400,
      { problem: '/nothing is not a valid command. In this sandbox there is /mtls.' },
    ]);
    expect(await window.act('say', { conversationId: 'C0GENERAL', text: '/mtls issue' })).toEqual([200, {}]);
    const { modals } = await window.until((scene) => scene.modals.length === 1);
    const viewId = modals[0]?.view.id;
    const values = (value: string) => ({ name: { value: { type: 'plain_text_input', value } } });
    await window.act('submit', { viewId, values: values('bad') });
    const refused = await window.until((scene) => scene.modals[0]?.errors['name'] !== undefined);
    expect(refused.modals[0]).toMatchObject({ errors: { name: 'Not good.' }, busy: false });
    await window.act('submit', { viewId, values: values('good') });
    await window.until((scene) => scene.modals.length === 0);
    expect(await window.act('submit', { viewId, values: {} })).toEqual([409, { problem: 'This window is closed.' }]);
  });

  it('asks for the options of a select in a message, and tells the bot which message', async () => {
    await using sandbox = await startSandbox();
    await using app = await startApp(sandbox, (bolt) => {
      bolt.options('host', async ({ ack, body, payload }) => {
        const told = `${body.container?.['message_ts']} ${body.channel?.id} ${payload.value}`;
        await ack({ options: [{ text: plain(told), value: 'h1' }] });
      });
    });
    using window = await openWindow(sandbox, 'U0ADA');
    const element = { type: 'external_select', action_id: 'host', placeholder: plain('Host') };
    const blocks = [{ type: 'actions', block_id: 'hosts', elements: [element] }];
    const { ts = '' } = await app.app.client.chat.postMessage({ channel: 'C0AUDIT', text: 'x', blocks });
    const container = { kind: 'message', conversationId: 'C0AUDIT', ts };
    const question = { container, block_id: 'hosts', action_id: 'host', value: 'api' };
    expect(await window.act('options', question)).toEqual([
      200,
      { options: [{ text: plain(`${ts} C0AUDIT api`), value: 'h1' }] },
    ]);
    const gone = { ...question, container: { ...container, ts: '1.000000' } };
    expect(await window.act('options', gone)).toEqual([409, { problem: 'This message is gone.' }]);
  });

  it('invites the bot, reads, and tells what the bot was refused', async () => {
    await using sandbox = await startSandbox();
    using window = await openWindow(sandbox, 'U0ALICE');
    await makeClient(sandbox)
      .chat.postMessage({ channel: 'C0GENERAL', text: 'x' })
      .catch(() => undefined);
    const { problems } = await window.until((scene) => scene.problems.length === 1);
    expect(problems[0]).toMatchObject({ method: 'chat.postMessage', error: 'not_in_channel' });
    await window.act('invite', { conversationId: 'C0GENERAL', member: true });
    await makeClient(sandbox).chat.postMessage({ channel: 'C0GENERAL', text: 'x' });
    const general = (scene: Scene) => scene.conversations.find(({ id }) => id === 'C0GENERAL');
    await window.until((scene) => general(scene)?.unread === 1 && general(scene)?.botIsMember === true);
    await window.act('read', { conversationId: 'C0GENERAL' });
    await window.until((scene) => general(scene)?.unread === 0);
  });
});
