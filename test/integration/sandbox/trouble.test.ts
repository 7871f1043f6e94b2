import { describe, expect, it } from 'vitest';
import { InteractionFailed } from '../../../sandbox/server/delivery.ts';
import { startSandbox } from '../../../sandbox/server/sandbox.ts';
import { makeClient, refusal, startApp } from './app.ts';

const post = (client: ReturnType<typeof makeClient>) => client.chat.postMessage({ channel: 'C0AUDIT', text: 'x' });

describe('trouble made on purpose', () => {
  it('429 tells when to come back, and passes', async () => {
    await using sandbox = await startSandbox();
    const fault = sandbox.faults.add({ method: 'chat.postMessage', kind: '429', times: 1, retryAfterSeconds: 7 });
    const client = makeClient(sandbox, { rejectRateLimitedCalls: true });
    await expect(post(client)).rejects.toMatchObject({ retryAfter: 7 });
    expect(await post(client)).toMatchObject({ ok: true });
    expect(fault.hits).toBe(1);
  });

  it('500 and resets do nothing; a lost answer has done the work', async () => {
    await using sandbox = await startSandbox();
    const client = makeClient(sandbox);
    for (const kind of ['500', 'reset', 'lost'] as const) sandbox.faults.add({ method: '*', kind, times: 1 });
    await expect(post(client)).rejects.toMatchObject({ statusCode: 500 });
    await expect(post(client)).rejects.toThrow();
    expect(sandbox.store.messagesIn('C0AUDIT')).toHaveLength(0);
    await expect(post(client)).rejects.toThrow();
    expect(sandbox.store.messagesIn('C0AUDIT')).toHaveLength(1);
  });

  it('a named error, until removed', async () => {
    await using sandbox = await startSandbox();
    const client = makeClient(sandbox);
    const fault = sandbox.faults.add({ method: 'usergroups.list', kind: 'error', error: 'plan_upgrade_required' });
    expect(await refusal(client.usergroups.list())).toMatchObject({ error: 'plan_upgrade_required' });
    expect(await refusal(client.usergroups.list())).toMatchObject({ error: 'plan_upgrade_required' });
    fault.remove();
    expect(await client.usergroups.list()).toMatchObject({ ok: true });
  });

  it('slow waits and then works', async () => {
    await using sandbox = await startSandbox();
    sandbox.faults.add({ method: 'chat.postMessage', kind: 'slow', ms: 50, times: 1 });
    const before = performance.now();
    expect(await post(makeClient(sandbox))).toMatchObject({ ok: true });
    expect(performance.now() - before).toBeGreaterThan(45);
  });

  it('is also asked for over HTTP, with the token', async () => {
    await using sandbox = await startSandbox();
    const ask = (token: string, method: string, path = '', body?: object) =>
      fetch(`${sandbox.url}/faults${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    const fault = { method: 'chat.postMessage', kind: '500' };
    expect((await ask('wrong', 'POST', '', fault)).status).toBe(403);
    expect((await ask(sandbox.pageToken, 'POST', '', { ...fault, kind: 'flood' })).status).toBe(400);
    const { id } = (await (await ask(sandbox.pageToken, 'POST', '', fault)).json()) as { id: string };
    await expect(post(makeClient(sandbox))).rejects.toMatchObject({ statusCode: 500 });
    expect(await (await ask(sandbox.pageToken, 'GET')).json()).toMatchObject({ faults: [{ ...fault, id, hits: 1 }] });
    await ask(sandbox.pageToken, 'DELETE', `/${id}`);
    expect(await post(makeClient(sandbox))).toMatchObject({ ok: true });
  });
});

describe('what the app sees of a stranger', () => {
  it('a good signature passes; forged, unsigned and stale ones do not', async () => {
    await using sandbox = await startSandbox();
    await using _app = await startApp(sandbox, (app) => app.command('/mtls', ({ ack }) => ack('Hello')));
    const eve = sandbox.person('U0EVE');
    const payload = eve.payload.command('C0GENERAL', 'help');
    const seconds = Math.floor(Date.now() / 1000);
    expect(await eve.send(payload)).toEqual({ status: 200, body: 'Hello' });
    expect((await eve.send(payload, { signingSecret: 'another-secret' })).status).toBe(401);
    expect((await eve.send(payload, { signature: 'v0=00' })).status).toBe(401);
    expect((await eve.send(payload, { timestamp: seconds - 301 })).status).toBe(401);
    expect((await eve.send({ ...payload, user_id: 'U0ADA' }, { timestamp: seconds })).status).toBe(200);
  });

  it('url_verification is answered with the challenge', async () => {
    await using sandbox = await startSandbox();
    await using _app = await startApp(sandbox, () => undefined);
    const answer = await sandbox.person('U0EVE').send({ type: 'url_verification', challenge: 'c', token: 't' });
    expect(answer).toEqual({ status: 200, body: { challenge: 'c' } });
  });
});

describe('what the person sees of a failing app', () => {
  it('no answer within the time is operation_timeout', async () => {
    await using sandbox = await startSandbox({ ackTimeoutMs: 100 });
    await using _app = await startApp(sandbox, (app) => app.command('/mtls', async () => undefined));
    await expect(sandbox.person('U0BOB').command('C0GENERAL', 'x')).rejects.toMatchObject({
      code: 'operation_timeout',
    });
  });

  it('an app that is away is dispatch_failed', async () => {
    await using sandbox = await startSandbox({ botUrl: 'http://127.0.0.1:9/slack/events' });
    await expect(sandbox.person('U0BOB').command('C0GENERAL', 'x')).rejects.toThrow(InteractionFailed);
  });

  it('an answer Slack cannot use is a failure with its reason, and the modal stays', async () => {
    await using sandbox = await startSandbox();
    await using _app = await startApp(sandbox, (app) => {
      app.command('/mtls', async ({ ack, body, client }) => {
        await ack();
        const title = { type: 'plain_text' as const, text: 'T' };
        const blocks = [{ type: 'divider' as const, block_id: 'd' }];
        await client.views.open({
          trigger_id: body.trigger_id,
          view: { type: 'modal', callback_id: 'm', title, submit: title, blocks },
        });
      });
      app.view('m', ({ ack }) => ack({ response_action: 'errors', errors: { d: 'Not an input.' } }));
    });
    const bob = sandbox.person('U0BOB');
    await bob.command('C0GENERAL', 'x');
    await bob.until(({ modal }) => modal);
    await expect(bob.submit()).rejects.toThrow('invalid_errors');
    expect(bob.modal).toBeDefined();
  });

  it('waiting in vain says what for, and what the app was refused', async () => {
    await using sandbox = await startSandbox();
    await refusal(makeClient(sandbox).chat.postMessage({ channel: 'C0NOWHERE', text: 'x' }));
    await expect(sandbox.person('U0BOB').until(({ modal }) => modal, 10)).rejects.toThrow(
      /U0BOB: .*modal[\s\S]*chat.postMessage: channel_not_found/,
    );
  });
});
