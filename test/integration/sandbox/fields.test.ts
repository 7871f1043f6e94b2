import type { App } from '@slack/bolt';
import { expect, it } from 'vitest';
import { startSandbox } from '../../../sandbox/server/sandbox.ts';
import { modal, plain, section, startApp } from './app.ts';

const input = (block_id: string, label: string, element: object, extra: object = {}) => ({
  type: 'input',
  block_id,
  label: plain(label),
  element: { action_id: 'value', ...element },
  ...extra,
});
const option = (value: string) => ({ text: plain(`${value}.example.com`), value });

type Values = Record<string, Record<string, Record<string, unknown>>>;

/** Alice in front of a modal with these blocks, and what she submitted last. */
async function startWith(blocks: object[], listen: (app: App) => void = () => undefined) {
  const sandbox = await startSandbox();
  const submitted: Values[] = [];
  const app = await startApp(sandbox, (bolt) => {
    bolt.command('/mtls', async ({ ack, body, client }) => {
      await ack();
      await client.views.open({ trigger_id: body.trigger_id, view: modal('Fields', blocks) });
    });
    bolt.view('m', async ({ ack, view }) => {
      submitted.push(view.state.values as never);
      await ack();
    });
    listen(bolt);
  });
  const alice = sandbox.person('U0ALICE');
  await alice.command('C0PLATFORM', 'fields');
  await alice.until((person) => person.modal);
  return {
    sandbox,
    app: app.app,
    alice,
    submitted,
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await sandbox.stop();
    },
  };
}

it('several options of an external select, each found by typing', async () => {
  const asked: unknown[] = [];
  await using it = await startWith(
    [input('sites', 'Sites', { type: 'multi_external_select', min_query_length: 1, max_selected_items: 2 })],
    (bolt) =>
      bolt.options('value', async ({ ack, payload }) => {
        asked.push([payload.type, payload.block_id, payload.value]);
        const options = ['api', 'www', 'db'].map(option).filter(({ text }) => text.text.includes(payload.value));
        await ack({ option_groups: [{ label: plain('Sites'), options }] });
      }),
  );
  const { alice, submitted } = it;
  expect(await alice.submit({ Sites: [option('api'), option('www'), option('db')] })).toMatchObject({
    errors: { Sites: 'Please choose no more than 2.' },
  });
  await expect(alice.submit({ Sites: ['nothing'] })).rejects.toThrow('There is no option "nothing"');
  await alice.submit({ Sites: ['api', 'www.example.com'] });
  expect(submitted[0]?.['sites']?.['value']).toEqual({
    type: 'multi_external_select',
    selected_options: [option('api'), option('www')],
  });
  expect(asked).toEqual([
    ['block_suggestion', 'sites', 'nothing'],
    ['block_suggestion', 'sites', 'api'],
    ['block_suggestion', 'sites', 'www.example.com'],
  ]);
});

it('an external select in a message asks from there, and tells at once', async () => {
  const seen: unknown[] = [];
  await using it = await startWith([section('No fields')], (bolt) => {
    bolt.options('pick', async ({ ack, body }) => {
      seen.push(body.container);
      await ack({ options: [option('api')] });
    });
    bolt.action('pick', async ({ ack, payload }) => {
      seen.push((payload as { selected_option?: object }).selected_option);
      await ack();
    });
  });
  const { alice, app } = it;
  const element = { type: 'external_select' as const, action_id: 'pick', min_query_length: 0 };
  const blocks = [{ type: 'actions' as const, block_id: 'filter', elements: [element] }];
  await app.client.chat.postMessage({ channel: 'C0PLATFORM', text: 'Filter', blocks });
  const message = await alice.until((person) => person.messages('C0PLATFORM').at(-1));
  await alice.change(message, 'pick', 'api');
  expect(seen).toMatchObject([{ type: 'message', message_ts: message.ts, channel_id: 'C0PLATFORM' }, option('api')]);
});

it('static options, days and rich text, in the shape of Slack', async () => {
  await using it = await startWith([
    input('kinds', 'Kinds', { type: 'multi_static_select', options: ['a', 'b', 'c'].map(option) }),
    input('day', 'Since', { type: 'datepicker', initial_date: '2026-05-01' }),
    input('note', 'Note', { type: 'rich_text_input' }),
    input('more', 'More', { type: 'rich_text_input' }, { optional: true }),
  ]);
  const { alice, submitted } = it;
  expect((await alice.submit({ Since: '2026-02-30' })).errors).toEqual({
    Kinds: 'Please complete this required field.',
    Since: 'Please enter a valid date.',
    Note: 'Please complete this required field.',
  });
  await alice.submit({ Kinds: ['a', 'c.example.com'], Since: '2026-02-28', Note: 'The laptop\nis gone' });
  const text = { type: 'text', text: 'The laptop\nis gone' };
  expect(submitted).toEqual([
    {
      kinds: { value: { type: 'multi_static_select', selected_options: [option('a'), option('c')] } },
      day: { value: { type: 'datepicker', selected_date: '2026-02-28' } },
      note: {
        value: {
          type: 'rich_text_input',
          rich_text_value: { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [text] }] },
        },
      },
      more: { value: { type: 'rich_text_input', rich_text_value: null } },
    },
  ]);
});

it('people and conversations that exist, that the person sees and that the filter lets through', async () => {
  await using it = await startWith([
    input('who', 'Who', { type: 'multi_users_select' }),
    input('where', 'Where', {
      type: 'multi_conversations_select',
      filter: { include: ['public', 'private'], exclude_bot_users: true },
    }),
  ]);
  const { alice, submitted } = it;
  // Alice is not in the private audit channel; her DM with the bot is filtered out.
  await expect(alice.submit({ Where: ['C0AUDIT'] })).rejects.toThrow('There is no C0AUDIT to choose');
  await expect(alice.submit({ Where: [alice.dm] })).rejects.toThrow('to choose; there is: #general, #platform.');
  await expect(alice.submit({ Who: ['U0NOBODY'] })).rejects.toThrow('There is no U0NOBODY');
  await alice.submit({ Who: ['@bob', 'U0EVE'], Where: ['#platform', 'C0GENERAL'] });
  expect(submitted[0]).toEqual({
    who: { value: { type: 'multi_users_select', selected_users: ['U0BOB', 'U0EVE'] } },
    where: { value: { type: 'multi_conversations_select', selected_conversations: ['C0PLATFORM', 'C0GENERAL'] } },
  });
});
