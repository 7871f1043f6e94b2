import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../../sandbox/server/sandbox.ts';
import { modal, plain, section, startApp } from './app.ts';

const input = (block_id: string, label: string, element: object, extra: object = {}) => ({
  type: 'input',
  block_id,
  label: plain(label),
  element: { action_id: 'value', ...element },
  ...extra,
});

it('a command arrives escaped, with people as their ids, as the manifest asks Slack to', async () => {
  await using sandbox = await startSandbox();
  const arrived: string[] = [];
  await using _app = await startApp(sandbox, (app) => {
    app.command('/mtls', async ({ ack, body }) => {
      arrived.push(body.text);
      await ack();
    });
  });
  const alice = sandbox.person('U0ALICE');
  for (const typed of ['list @Bob all', 'list @nobody a@bob', 'show R&D <x>']) await alice.command(alice.dm, typed);
  expect(arrived).toEqual(['list <@U0BOB|bob> all', 'list @nobody a@bob', 'show R&amp;D &lt;x&gt;']);
});

describe.each(['http', 'socket'] as const)('a person and a Bolt app over %s', (mode) => {
  it('a command opens a modal, a refused submission shows errors by label, a good one posts', async () => {
    await using sandbox = await startSandbox();
    await using _app = await startApp(
      sandbox,
      (app) => {
        app.command('/mtls', async ({ ack, body, client }) => {
          await ack();
          const blocks = [
            input('name', 'Name', { type: 'plain_text_input', min_length: 3 }),
            input('days', 'Valid for (days)', { type: 'number_input', is_decimal_allowed: false, min_value: '1' }),
            input('roles', 'Approvers', { type: 'multi_users_select' }, { optional: true }),
          ];
          await client.views.open({ trigger_id: body.trigger_id, view: modal('Issue', blocks) });
        });
        app.view('m', async ({ ack, view, client, body }) => {
          const { name, days, roles } = view.state.values;
          if (name?.['value']?.value === 'taken') {
            await ack({ response_action: 'errors', errors: { name: 'This name is taken.' } });
            return;
          }
          await ack();
          const text = JSON.stringify([
            name?.['value']?.value,
            days?.['value']?.value,
            roles?.['value']?.selected_users,
          ]);
          await client.chat.postMessage({ channel: body.user.id, text });
        });
      },
      mode,
    );
    const alice = sandbox.person('U0ALICE');
    await alice.command('C0GENERAL', '/mtls issue');
    await alice.until(({ modal }) => modal);
    expect(alice.modal?.title?.text).toBe('Issue');

    expect(await alice.submit({ Name: 'ab', 'Valid for (days)': '1.5' })).toEqual({
      outcome: 'refused',
      errors: { Name: 'Please enter at least 3 characters.', 'Valid for (days)': 'Please enter a whole number.' },
    });
    expect(await alice.submit({ Name: 'taken', 'Valid for (days)': 30 })).toEqual({
      outcome: 'refused',
      errors: { Name: 'This name is taken.' },
    });
    expect(alice.errors).toEqual({ Name: 'This name is taken.' });
    expect(await alice.submit({ name: 'device-1', Approvers: ['U0BOB'] })).toEqual({ outcome: 'closed', errors: {} });
    expect(alice.modal).toBeUndefined();
    const message = await alice.until((person) => person.messages(person.dm).at(-1));
    expect(message.text).toBe('["device-1","30",["U0BOB"]]');
  });

  it('a click reaches the app with message, state and a response_url', async () => {
    await using sandbox = await startSandbox();
    await using app = await startApp(
      sandbox,
      (bolt) => {
        bolt.action('go', async ({ ack, respond, body }) => {
          await ack();
          const { message } = body as { message: { text: string } };
          await respond({ text: `Done: ${message.text}`, replace_original: true });
        });
      },
      mode,
    );
    const button = { type: 'button' as const, action_id: 'go', text: plain('Go'), value: '7' };
    const bob = sandbox.person('U0BOB');
    await app.app.client.chat.postMessage({
      channel: 'C0AUDIT',
      text: 'Press',
      blocks: [{ type: 'actions', elements: [button] }],
    });
    const message = await bob.until((person) => person.messages('C0AUDIT').at(-1));
    await bob.click(message, 'Go');
    const edited = await bob.until((person) => person.messages('C0AUDIT').find(({ text }) => text === 'Done: Press'));
    expect(edited.ts).toBe(message.ts);
    expect(edited.blocks).toEqual([]);
  });

  it('the Home is published when it is opened; external options are asked for', async () => {
    await using sandbox = await startSandbox();
    const external = input('host', 'Host', { type: 'external_select', min_query_length: 0 });
    await using _app = await startApp(
      sandbox,
      (app) => {
        app.event('app_home_opened', async ({ event, client }) => {
          await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: [section('Home')] } });
        });
        app.command('/mtls', async ({ ack, body, client }) => {
          await ack();
          await client.views.open({ trigger_id: body.trigger_id, view: modal('Pick', [external]) });
        });
        app.options('value', async ({ ack, payload }) => {
          await ack({ options: [{ text: plain(`${payload.value}.example.com`), value: 'h1' }] });
        });
        app.view('m', async ({ ack, view }) => {
          const chosen = view.state.values['host']?.['value']?.selected_option?.value;
          await ack({ response_action: 'update', view: modal(`Chose ${chosen}`) });
        });
      },
      mode,
    );
    const ada = sandbox.person('U0ADA');
    await ada.openHome();
    expect((await ada.until(({ home }) => home)).blocks[0]).toMatchObject({ text: { text: 'Home' } });
    await ada.command('C0PLATFORM', 'pick');
    await ada.until(({ modal }) => modal);
    expect(await ada.options('Host', 'api')).toEqual([{ text: plain('api.example.com'), value: 'h1' }]);
    await ada.change('modal', 'Host', { text: plain('api.example.com'), value: 'h1' });
    expect((await ada.submit()).outcome).toBe('updated');
    expect(ada.modal?.title?.text).toBe('Chose h1');
  });
});

it('a global shortcut opens a modal', async () => {
  await using sandbox = await startSandbox();
  await using _app = await startApp(sandbox, (app) => {
    app.shortcut('mtls_issue', async ({ ack, body, client }) => {
      await ack();
      await client.views.open({ trigger_id: body.trigger_id, view: modal('Issue') });
    });
  });
  const alice = sandbox.person('U0ALICE');
  await alice.shortcut('mtls_issue');
  expect((await alice.until(({ modal }) => modal)).title?.text).toBe('Issue');
});

it('a command over Socket Mode may be answered in its acknowledgement', async () => {
  await using sandbox = await startSandbox();
  await using _app = await startApp(sandbox, (app) => app.command('/mtls', ({ ack }) => ack('Here.')), 'socket');
  expect(sandbox.socket.connections).toBe(1);
  const alice = sandbox.person('U0ALICE');
  await alice.command('C0GENERAL', 'help');
  expect(alice.ephemerals('C0GENERAL').map(({ text }) => text)).toEqual(['Here.']);
});
