import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../../sandbox/server/sandbox.ts';
import { makeClient, plain, section, startApp, TestClock } from './app.ts';

const actions = {
  type: 'actions' as const,
  elements: [{ type: 'button' as const, action_id: 'go', text: plain('Go') }],
};

/** An app that keeps the response URLs it is given. */
async function start() {
  const clock = new TestClock();
  const sandbox = await startSandbox({ clock });
  const urls: string[] = [];
  const app = await startApp(sandbox, (bolt) => {
    bolt.command('/mtls', async ({ ack, body }) => {
      urls.push(body.response_url);
      await ack();
    });
    bolt.action('go', async ({ ack, body }) => {
      urls.push((body as { response_url: string }).response_url);
      await ack();
    });
  });
  return {
    sandbox,
    clock,
    bob: sandbox.person('U0BOB'),
    last: () => urls.at(-1) as string,
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await sandbox.stop();
    },
  };
}

async function send(url: string, body: object): Promise<[status: number, body: string]> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return [response.status, await response.text()];
}

describe('a response URL', () => {
  it('is good for five uses', async () => {
    await using it = await start();
    await it.bob.command('C0GENERAL', 'x');
    for (let use = 0; use < 5; use += 1) expect(await send(it.last(), { text: 'Hi' })).toEqual([200, 'ok']);
    expect(await send(it.last(), { text: 'Hi' })).toEqual([404, 'used_url']);
    expect(it.bob.ephemerals('C0GENERAL')).toHaveLength(5);
  });

  it('is good for half an hour', async () => {
    await using it = await start();
    await it.bob.command('C0GENERAL', 'x');
    it.clock.forward(30 * 60_000);
    expect(await send(it.last(), { text: 'Hi' })).toEqual([200, 'ok']);
    it.clock.forward(1);
    expect(await send(it.last(), { text: 'Hi' })).toEqual([404, 'expired_url']);
    expect(await send(`${it.sandbox.url}/actions/T0ACME/1/unknown`, { text: 'Hi' })).toEqual([404, 'expired_url']);
  });

  it('answers where the bot is no member, for all to see if asked', async () => {
    await using it = await start();
    await it.bob.command('C0GENERAL', 'x');
    await send(it.last(), { text: 'To all', response_type: 'in_channel' });
    expect(it.sandbox.store.messagesIn('C0GENERAL').map(({ text }) => text)).toEqual(['To all']);
  });

  it('of a slash command replaces nothing and deletes nothing', async () => {
    await using it = await start();
    await it.bob.command('C0GENERAL', 'x');
    await send(it.last(), { text: 'One' });
    await send(it.last(), { text: 'Two', replace_original: true });
    expect(await send(it.last(), { delete_original: true })).toEqual([404, 'message_not_found']);
    expect(it.bob.ephemerals('C0GENERAL').map(({ text }) => text)).toEqual(['One', 'Two']);
  });

  it('of a click on an ephemeral message replaces and deletes that one', async () => {
    await using it = await start();
    const { bob } = it;
    await bob.command('C0GENERAL', 'x');
    await send(it.last(), { text: 'Keep', blocks: [actions] });
    await send(it.last(), { text: 'Change', blocks: [actions] });
    const ofCommand = it.last();
    const [, second] = bob.ephemerals('C0GENERAL');
    if (!second) throw new Error('There is no second message.');
    await bob.click(second, 'Go');
    expect(it.last()).not.toBe(ofCommand);
    await send(it.last(), { text: 'Changed', blocks: [actions], replace_original: true });
    expect(bob.ephemerals('C0GENERAL').map(({ text }) => text)).toEqual(['Keep', 'Changed']);
    await send(it.last(), { delete_original: true });
    expect(bob.ephemerals('C0GENERAL').map(({ text }) => text)).toEqual(['Keep']);
  });

  it('of a click on a lasting message edits it, deletes it, or adds beside it', async () => {
    await using it = await start();
    const client = makeClient(it.sandbox);
    await client.chat.postMessage({ channel: 'C0AUDIT', text: 'Ask', blocks: [section('Ask'), actions] });
    const [message] = it.bob.messages('C0AUDIT');
    if (!message) throw new Error('There is no message.');
    await it.bob.click(message, { action_id: 'go' });
    await send(it.last(), { text: 'Aside' });
    expect(it.bob.ephemerals('C0AUDIT').map(({ text }) => text)).toEqual(['Aside']);
    await send(it.last(), { text: 'Done', replace_original: true });
    expect(it.bob.messages('C0AUDIT')).toMatchObject([{ ts: message.ts, text: 'Done', blocks: [] }]);
    await send(it.last(), { delete_original: true });
    expect(it.bob.messages('C0AUDIT')).toEqual([]);
  });

  it('refuses bad blocks briefly, and tells the page why', async () => {
    await using it = await start();
    await it.bob.command('C0GENERAL', 'x');
    expect(await send(it.last(), { text: 'x', blocks: [{ type: 'nonsense' }] })).toEqual([
      400,
      '{"ok":false,"error":"invalid_blocks"}',
    ]);
    expect(it.sandbox.problems.at(-1)?.messages).toEqual([
      '[ERROR] unsupported type: nonsense [json-pointer:/blocks/0/type]',
    ]);
  });
});
