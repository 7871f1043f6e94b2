import type { App, BlockAction, ViewClosedAction } from '@slack/bolt';
import { expect, it } from 'vitest';
import { startSandbox } from '../../../sandbox/server/sandbox.ts';
import type { Element } from '../../../sandbox/server/state/store.ts';
import { plain, section, startApp } from './app.ts';

const button = (action_id: string, text: string, more: object = {}) => ({
  type: 'button',
  action_id,
  text: plain(text),
  ...more,
});
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const view = (title: string, blocks: object[], more: object = {}) =>
  ({ type: 'modal', title: plain(title), callback_id: title.toLowerCase(), blocks, ...more }) as never;

const confirmed = {
  type: 'input',
  block_id: 'sure',
  label: plain('Before you go on'),
  element: {
    type: 'checkboxes',
    action_id: 'sure',
    options: [{ text: { type: 'mrkdwn', text: '*device-1* is no longer in use' }, value: 'yes' }],
  },
};

/** List -> show -> revoke, as an app stacks them; `answer` is what it does with the last submission. */
async function startStack(answer: (app: App) => void) {
  const sandbox = await startSandbox();
  const closed: unknown[] = [];
  const app = await startApp(sandbox, (bolt) => {
    bolt.command('/mtls', async ({ ack, body, client }) => {
      await ack();
      const list = view('List', [section('device-1'), actions(button('show', 'Show'))], { notify_on_close: true });
      await client.views.open({ trigger_id: body.trigger_id, view: list });
    });
    bolt.action('show', async ({ ack, body, client }) => {
      await ack();
      const show = view('Show', [actions(button('revoke', 'Revoke', { style: 'danger' }))], { notify_on_close: true });
      await client.views.push({ trigger_id: (body as { trigger_id: string }).trigger_id, view: show });
    });
    bolt.action('revoke', async ({ ack, body, client }) => {
      await ack();
      const alert = { type: 'alert', level: 'warning', text: plain('This cannot be undone.') };
      const revoke = view('Revoke', [alert, confirmed], { submit: plain('Revoke'), notify_on_close: true });
      await client.views.push({ trigger_id: (body as { trigger_id: string }).trigger_id, view: revoke });
    });
    for (const callback_id of ['list', 'show', 'revoke']) {
      bolt.view({ callback_id, type: 'view_closed' }, async ({ ack, body }) => {
        closed.push([callback_id, (body as ViewClosedAction).is_cleared]);
        await ack();
      });
    }
    answer(bolt);
  });
  const bob = sandbox.person('U0BOB');
  const open = async () => {
    await bob.command('C0PLATFORM', 'list');
    await bob.until((person) => person.modal);
    await bob.click('modal', 'Show');
    await bob.until((person) => person.modals.length === 2);
    await bob.click('modal', 'Revoke');
    await bob.until((person) => person.modals.length === 3);
  };
  await open();
  return {
    sandbox,
    bob,
    open,
    closed,
    client: app.app.client,
    titles: () => bob.modals.map((modal) => modal.view.title?.text),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await sandbox.stop();
    },
  };
}

it('three deep, a submission closes its own view; what lies below is updated by its id meanwhile', async () => {
  await using it = await startStack((bolt) => bolt.view('revoke', ({ ack }) => ack()));
  const { bob, client, titles } = it;
  const [list, show] = bob.modals.map((modal) => modal.view);
  expect(show).toMatchObject({ root_view_id: list?.id, previous_view_id: list?.id });
  await client.views.update({ view_id: String(list?.id), view: view('List', [section('device-1: held')]) });
  expect(titles()).toEqual(['List', 'Show', 'Revoke']);
  expect(bob.modals[0]?.view.blocks).toMatchObject([section('device-1: held')]);
  expect(bob.modals[0]?.view).toMatchObject({ id: list?.id, root_view_id: list?.id, previous_view_id: null });

  expect((await bob.submit()).errors).toEqual({ 'Before you go on': 'Please complete this required field.' });
  await bob.submit({ 'Before you go on': ['*device-1* is no longer in use'] });
  expect(titles()).toEqual(['List', 'Show']);
  expect(it.closed).toEqual([]);
});

it.each([
  ['clear', { response_action: 'clear' }, []],
  ['update', { response_action: 'update', view: view('Done', [section('Revoked')]) }, ['List', 'Show', 'Done']],
])('response_action %s', async (_name, answer, left) => {
  await using it = await startStack((bolt) => bolt.view('revoke', ({ ack }) => ack(answer as never)));
  await it.bob.submit({ sure: 'yes' });
  expect(it.titles()).toEqual(left);
  expect(it.closed).toEqual([]);
});

it('response_action push adds a view, and none above the third', async () => {
  const next = { response_action: 'push', view: view('More', [section('x')]) };
  await using it = await startStack((bolt) => {
    bolt.view('revoke', ({ ack }) => ack(next as never));
  });
  await expect(it.bob.submit({ sure: 'yes' })).rejects.toThrow('push_limit_reached');
  expect(it.titles()).toEqual(['List', 'Show', 'Revoke']);
  expect(it.sandbox.problems.at(-1)).toMatchObject({ error: 'push_limit_reached' });
});

it('closing tells the app, one view or the whole stack', async () => {
  await using it = await startStack(() => undefined);
  await it.bob.close();
  expect(it.closed).toEqual([['revoke', false]]);
  await it.bob.close({ all: true });
  expect(it.closed.slice(1)).toEqual([
    ['show', true],
    ['list', true],
  ]);
});

it('an overflow menu and a button with a confirm dialog work in a modal, with its private metadata', async () => {
  const acted: unknown[] = [];
  await using sandbox = await startSandbox();
  const confirm = {
    title: plain('Sure?'),
    text: plain('It is held at once.'),
    confirm: plain('Hold'),
    deny: plain('No'),
  };
  const options = ['Renew', 'Download'].map((text) => ({ text: plain(text), value: text.toLowerCase() }));
  await using _app = await startApp(sandbox, (bolt) => {
    bolt.command('/mtls', async ({ ack, body, client }) => {
      await ack();
      const blocks = [
        actions(button('hold', 'Hold', { confirm, value: '7' }), { type: 'overflow', action_id: 'more', options }),
      ];
      const list = view('List', blocks, { private_metadata: 'page 2', external_id: 'list-1' });
      await client.views.open({ trigger_id: body.trigger_id, view: list });
    });
    bolt.action(/hold|more/, async ({ ack, action, body }) => {
      await ack();
      const { private_metadata, external_id } = body['view' as never] as Record<string, unknown>;
      const { value, selected_option } = action as { value?: string; selected_option?: { value: string } };
      acted.push([value ?? selected_option?.value, private_metadata, external_id]);
    });
  });
  const bob = sandbox.person('U0BOB');
  await bob.command('C0PLATFORM', 'list');
  await bob.until((person) => person.modal);
  const elements = bob.modal?.blocks[0]?.['elements'] as Element[];
  expect(elements[0]?.['confirm']).toEqual(confirm);
  await bob.click('modal', 'Hold');
  await bob.choose('modal', 'more', 'Renew');
  expect(acted).toEqual([
    ['7', 'page 2', 'list-1'],
    ['renew', 'page 2', 'list-1'],
  ]);
});

it('an ephemeral message with a url button is acted on, and goes when the app takes it away', async () => {
  await using sandbox = await startSandbox();
  const acted: unknown[] = [];
  await using app = await startApp(sandbox, (bolt) => {
    bolt.action('open', async ({ ack, body }) => {
      await ack();
      acted.push([(body as BlockAction).container['is_ephemeral'], 'message' in body]);
    });
    bolt.action('saved', async ({ ack, respond }) => {
      await ack();
      await respond({ delete_original: true });
    });
  });
  const bob = sandbox.person('U0BOB');
  const blocks = [actions(button('open', 'Open', { url: 'https://example.com/#k' }), button('saved', 'I saved it'))];
  await app.app.client.chat.postEphemeral({ channel: bob.dm, user: bob.id, text: 'Key', blocks: blocks as never });
  const message = await bob.until((person) => person.ephemerals(person.dm).at(-1));
  await bob.click(message, 'Open');
  await expect.poll(() => acted).toEqual([[true, false]]);
  await bob.click(message, 'I saved it');
  await bob.until((person) => person.ephemerals(person.dm).length === 0);
});
