import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../../sandbox/server/sandbox.ts';
import { MORE_SCOPES, makeClient, modal, plain, refusal, section, startApp, TestClock } from './app.ts';

const home = (text: string) => ({ type: 'home' as const, blocks: [section(text)] });
const input = {
  type: 'input',
  block_id: 'i',
  label: plain('Name'),
  element: { type: 'plain_text_input', action_id: 't' },
};

describe('tokens', () => {
  it('are checked: none, a wrong one, the right one', async () => {
    await using sandbox = await startSandbox();
    const bare = await fetch(`${sandbox.apiUrl}auth.test`, { method: 'POST' });
    expect(await bare.json()).toEqual({ ok: false, error: 'not_authed' });
    const wrong = await fetch(`${sandbox.apiUrl}auth.test`, {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-x' },
    });
    expect(await wrong.json()).toEqual({ ok: false, error: 'invalid_auth' });
    expect(await makeClient(sandbox).auth.test()).toMatchObject({
      team_id: 'T0ACME',
      user_id: 'U0BOT',
      bot_id: 'B0BOT',
    });
    expect(await refusal(makeClient(sandbox).apps.connections.open())).toMatchObject({ error: 'invalid_auth' });
  });

  it('an unknown method is told so', async () => {
    await using sandbox = await startSandbox();
    expect(await refusal(makeClient(sandbox).apiCall('chat.teleport'))).toMatchObject({ error: 'unknown_method' });
  });
});

describe('messages', () => {
  it('are posted, edited, found again by metadata, and deleted', async () => {
    await using sandbox = await startSandbox();
    const client = makeClient(sandbox);
    const metadata = { event_type: 'audit', event_payload: { id: '7' } };
    const { ts } = await client.chat.postMessage({
      channel: 'C0AUDIT',
      text: 'One',
      blocks: [section('One')],
      metadata,
    });
    const { messages } = await client.conversations.history({ channel: 'C0AUDIT', include_all_metadata: true });
    expect(messages).toMatchObject([{ ts, text: 'One', bot_id: 'B0BOT', metadata }]);
    expect((await client.conversations.history({ channel: 'C0AUDIT' })).messages?.[0]).not.toHaveProperty('metadata');

    await client.chat.update({ channel: 'C0AUDIT', ts: String(ts), text: 'Two' });
    const [edited] = sandbox.store.messagesIn('C0AUDIT');
    expect(edited).toMatchObject({ text: 'Two', blocks: [] });
    expect((await client.chat.getPermalink({ channel: 'C0AUDIT', message_ts: String(ts) })).permalink).toContain(
      '/C0AUDIT/p',
    );

    await client.chat.delete({ channel: 'C0AUDIT', ts: String(ts) });
    expect(await refusal(client.chat.update({ channel: 'C0AUDIT', ts: String(ts), text: 'x' }))).toMatchObject({
      error: 'message_not_found',
    });
  });

  it('go only where the bot is', async () => {
    await using sandbox = await startSandbox({ scopes: MORE_SCOPES });
    const client = makeClient(sandbox);
    const post = (channel: string) => refusal(client.chat.postMessage({ channel, text: 'x' }));
    expect(await post('C0GENERAL')).toMatchObject({ error: 'not_in_channel' });
    expect(await post('C0NOWHERE')).toMatchObject({ error: 'channel_not_found' });
    sandbox.store.setMember('C0AUDIT', 'U0BOT', false);
    expect(await post('C0AUDIT')).toMatchObject({ error: 'channel_not_found' });
    await client.conversations.join({ channel: 'C0GENERAL' });
    expect(await client.chat.postMessage({ channel: 'C0GENERAL', text: 'x' })).toMatchObject({ ok: true });
    expect(await refusal(client.conversations.join({ channel: 'C0AUDIT' }))).toMatchObject({
      error: 'channel_not_found',
    });
  });

  it('are validated, and refused with pointers', async () => {
    await using sandbox = await startSandbox();
    const client = makeClient(sandbox);
    const blocks = Array.from({ length: 51 }, () => section('x'));
    expect(await refusal(client.chat.postMessage({ channel: 'C0AUDIT', text: 'x', blocks }))).toEqual({
      error: 'invalid_blocks',
      messages: ['[ERROR] no more than 50 items allowed [json-pointer:/blocks]'],
    });
    expect(await refusal(client.chat.postMessage({ channel: 'C0AUDIT', text: '' }))).toMatchObject({
      error: 'no_text',
    });
    expect(sandbox.problems.map(({ method, error }) => [method, error])).toEqual([
      ['chat.postMessage', 'invalid_blocks'],
      ['chat.postMessage', 'no_text'],
    ]);
  });

  it('of others cannot be edited or deleted', async () => {
    await using sandbox = await startSandbox();
    const { ts } = sandbox.person('U0BOB').say('C0AUDIT', 'Mine');
    const client = makeClient(sandbox);
    expect(await refusal(client.chat.update({ channel: 'C0AUDIT', ts, text: 'x' }))).toMatchObject({
      error: 'cant_update_message',
    });
    expect(await refusal(client.chat.delete({ channel: 'C0AUDIT', ts }))).toMatchObject({
      error: 'cant_delete_message',
    });
  });

  it('history is cut by oldest and latest and paged by cursor', async () => {
    await using sandbox = await startSandbox();
    const client = makeClient(sandbox);
    const bob = sandbox.person('U0BOB');
    const [one, , three] = ['1', '2', '3', '4'].map((text) => bob.say('C0AUDIT', text));
    const texts = (messages: { text?: string }[] | undefined) => messages?.map(({ text }) => text).join('');
    const between = await client.conversations.history({
      channel: 'C0AUDIT',
      oldest: String(one?.ts),
      latest: String(three?.ts),
    });
    expect(texts(between.messages)).toBe('2');
    const first = await client.conversations.history({ channel: 'C0AUDIT', limit: 3 });
    expect([texts(first.messages), first.has_more]).toEqual(['432', true]);
    const cursor = String(first.response_metadata?.next_cursor);
    expect(texts((await client.conversations.history({ channel: 'C0AUDIT', limit: 3, cursor })).messages)).toBe('1');
  });
});

describe('ephemeral messages', () => {
  it('need both in the conversation, by its id', async () => {
    await using sandbox = await startSandbox();
    const client = makeClient(sandbox);
    const post = (channel: string, user: string) => client.chat.postEphemeral({ channel, user, text: 'x' });
    expect(await refusal(post('C0GENERAL', 'U0ALICE'))).toMatchObject({ error: 'not_in_channel' });
    expect(await refusal(post('C0AUDIT', 'U0ALICE'))).toMatchObject({ error: 'user_not_in_channel' });
    expect(await refusal(post('U0ALICE', 'U0ALICE'))).toMatchObject({ error: 'channel_not_found' });
  });

  it('are in no history, cannot be updated, and are gone on reload', async () => {
    await using sandbox = await startSandbox();
    const client = makeClient(sandbox);
    const bob = sandbox.person('U0BOB');
    const ada = sandbox.person('U0ADA');
    const { message_ts } = await client.chat.postEphemeral({ channel: 'C0AUDIT', user: 'U0BOB', text: 'Psst' });
    expect(bob.ephemerals('C0AUDIT').map(({ text }) => text)).toEqual(['Psst']);
    expect(ada.ephemerals('C0AUDIT')).toEqual([]);
    expect(sandbox.store.messagesIn('C0AUDIT')).toEqual([]);
    expect(await refusal(client.chat.update({ channel: 'C0AUDIT', ts: String(message_ts), text: 'x' }))).toMatchObject({
      error: 'message_not_found',
    });
    bob.reload();
    expect(bob.ephemerals('C0AUDIT')).toEqual([]);
  });

  it('are accepted, and lost, when the person has no window open', async () => {
    await using sandbox = await startSandbox();
    await makeClient(sandbox).chat.postEphemeral({ channel: 'C0AUDIT', user: 'U0BOB', text: 'Psst' });
    expect(sandbox.person('U0BOB').ephemerals('C0AUDIT')).toEqual([]);
  });
});

describe('people and conversations', () => {
  it('conversations.open opens the DM once and refuses whom Slack refuses', async () => {
    await using sandbox = await startSandbox();
    const client = makeClient(sandbox);
    const { channel } = await client.conversations.open({ users: 'U0EVE' });
    expect((await client.conversations.open({ users: 'U0EVE' })).already_open).toBe(true);
    expect(await client.chat.postMessage({ channel: 'U0EVE', text: 'x' })).toMatchObject({ channel: channel?.id });
    sandbox.store.updateUser('U0EVE', { deleted: true });
    expect(await refusal(client.conversations.open({ users: 'U0EVE' }))).toMatchObject({ error: 'user_disabled' });
    expect(await refusal(client.conversations.open({ users: 'U0NOBODY' }))).toMatchObject({ error: 'user_not_found' });
  });

  it('are told with flags, time zones, membership and groups', async () => {
    await using sandbox = await startSandbox({ scopes: MORE_SCOPES });
    const client = makeClient(sandbox);
    expect((await client.users.info({ user: 'U0BOB' })).user).toMatchObject({
      is_bot: false,
      deleted: false,
      is_restricted: false,
      tz: 'Asia/Singapore',
      tz_offset: 8 * 3600,
    });
    sandbox.store.updateUser('U0BOB', { isUltraRestricted: true });
    expect((await client.users.info({ user: 'U0BOB' })).user).toMatchObject({
      is_restricted: true,
      is_ultra_restricted: true,
    });
    expect((await client.users.lookupByEmail({ email: 'alice@acme.example' })).user?.id).toBe('U0ALICE');
    const page = await client.users.list({ limit: 3 });
    expect([page.members?.length, page.response_metadata?.next_cursor]).toEqual([3, expect.stringMatching(/.+/)]);
    expect((await client.conversations.members({ channel: 'C0APPROVE' })).members).toEqual(['U0ADA', 'U0BOB', 'U0BOT']);
    const { channels } = await client.conversations.list({ types: 'public_channel,private_channel' });
    expect(channels?.map(({ name }) => name)).toEqual(['general', 'platform', 'mtls-audit', 'mtls-approvals']);
    expect((await client.usergroups.users.list({ usergroup: 'S0SECURITY' })).users).toEqual(['U0ADA', 'U0BOB']);
    expect(await refusal(client.usergroups.users.list({ usergroup: 'S0' }))).toMatchObject({
      error: 'no_such_subteam',
    });
  });
});

describe('views', () => {
  /** A sandbox with a still clock, an app that keeps triggers for the test, and alice. */
  async function start() {
    const clock = new TestClock();
    const sandbox = await startSandbox({ clock });
    const triggers: string[] = [];
    const app = await startApp(sandbox, (bolt) => {
      bolt.command('/mtls', async ({ ack, body }) => {
        triggers.push(body.trigger_id);
        await ack();
      });
      bolt.view('m', ({ ack }) => ack());
    });
    const alice = sandbox.person('U0ALICE');
    const trigger = async () => {
      await alice.command('C0GENERAL', 'x');
      return triggers.at(-1) as string;
    };
    return {
      sandbox,
      clock,
      alice,
      trigger,
      client: makeClient(sandbox),
      async [Symbol.asyncDispose]() {
        await app[Symbol.asyncDispose]();
        await sandbox.stop();
      },
    };
  }

  it('a trigger is good for one call within three seconds', async () => {
    await using it = await start();
    const { client, clock, alice } = it;
    const trigger_id = await it.trigger();
    clock.forward(3000);
    await client.views.open({ trigger_id, view: modal() });
    expect(alice.modal?.title?.text).toBe('A modal');
    expect(await refusal(client.views.open({ trigger_id, view: modal() }))).toMatchObject({
      error: 'exchanged_trigger_id',
    });
    const late = await it.trigger();
    clock.forward(3001);
    expect(await refusal(client.views.open({ trigger_id: late, view: modal() }))).toMatchObject({
      error: 'expired_trigger_id',
    });
    expect(await refusal(client.views.open({ trigger_id: '1.2.3', view: modal() }))).toMatchObject({
      error: 'invalid_trigger_id',
    });
  });

  it('a bad view is refused with pointers and leaves the trigger alone', async () => {
    await using it = await start();
    const trigger_id = await it.trigger();
    expect(await refusal(it.client.views.open({ trigger_id, view: modal('x'.repeat(25)) }))).toEqual({
      error: 'invalid_arguments',
      messages: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'],
    });
    expect(await it.client.views.open({ trigger_id, view: modal() })).toMatchObject({ ok: true });
  });

  it('three views stack and no more', async () => {
    await using it = await start();
    await it.client.views.open({ trigger_id: await it.trigger(), view: modal('1') });
    await it.client.views.push({ trigger_id: await it.trigger(), view: modal('2') });
    const { view } = await it.client.views.push({ trigger_id: await it.trigger(), view: modal('3') });
    expect(view).toMatchObject({
      previous_view_id: it.alice.modals[1]?.view.id,
      root_view_id: it.alice.modals[0]?.view.id,
    });
    expect(await refusal(it.client.views.push({ trigger_id: await it.trigger(), view: modal('4') }))).toMatchObject({
      error: 'push_limit_reached',
    });
    await it.alice.submit();
    expect(it.alice.modal?.title?.text).toBe('2');
    await it.alice.close({ all: true });
    expect(it.alice.modal).toBeUndefined();
  });

  it('an update keeps what was typed, refuses a stale hash, and finds no closed view', async () => {
    await using it = await start();
    const { client, alice } = it;
    const { view } = await client.views.open({ trigger_id: await it.trigger(), view: modal('1', [input]) });
    await alice.change('modal', 'Name', 'typed');
    const view_id = String(view?.id);
    await client.views.update({ view_id, hash: String(view?.hash), view: modal('2', [section('New'), input]) });
    expect(alice.modals[0]?.values).toMatchObject({ i: { t: { value: 'typed' } } });
    expect(await refusal(client.views.update({ view_id, hash: String(view?.hash), view: modal('3') }))).toMatchObject({
      error: 'hash_conflict',
    });
    await alice.close();
    expect(it.sandbox.problems.map(({ error }) => error)).toEqual(['hash_conflict']);
    expect(await refusal(client.views.update({ view_id, view: modal('3') }))).toMatchObject({ error: 'not_found' });
    // That somebody closed it is no mistake of the app's; that it never was, is.
    expect(it.sandbox.problems).toHaveLength(1);
    expect(await refusal(client.views.update({ view_id: 'V1', view: modal('3') }))).toMatchObject({
      error: 'not_found',
    });
    expect(it.sandbox.problems).toHaveLength(2);
  });

  it('an external id is taken once and finds the view', async () => {
    await using it = await start();
    const withId = { ...(modal() as object), external_id: 'e' } as never;
    await it.client.views.open({ trigger_id: await it.trigger(), view: withId });
    expect(await refusal(it.client.views.push({ trigger_id: await it.trigger(), view: withId }))).toMatchObject({
      error: 'duplicate_external_id',
    });
    expect(await it.client.views.update({ external_id: 'e', view: modal('2') })).toMatchObject({ ok: true });
  });

  it('the Home is published with a hash, and is no modal', async () => {
    await using it = await start();
    const { view } = await it.client.views.publish({ user_id: 'U0ALICE', view: home('1') });
    await it.client.views.publish({ user_id: 'U0ALICE', view: home('2'), hash: String(view?.hash) });
    expect(it.alice.home?.blocks[0]).toMatchObject({ text: { text: '2' } });
    expect(
      await refusal(it.client.views.publish({ user_id: 'U0ALICE', view: home('3'), hash: String(view?.hash) })),
    ).toMatchObject({
      error: 'hash_conflict',
    });
    expect(await refusal(it.client.views.publish({ user_id: 'U0ALICE', view: modal() }))).toMatchObject({
      error: 'invalid_arguments',
    });
  });
});

it('blocks.validate needs no token and tells pointers', async () => {
  await using sandbox = await startSandbox();
  const client = makeClient(sandbox);
  expect(await client.blocks.validate({ blocks: [section('x')] })).toMatchObject({ ok: true });
  expect(await refusal(client.blocks.validate({ view: modal('x'.repeat(25)) }))).toMatchObject({
    error: 'invalid_blocks',
  });
});
