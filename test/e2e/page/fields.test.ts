import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../support/tools.ts';
import * as made from './scenes.ts';
import { launchBrowser, namelessControls, visit, weakContrasts } from './support.ts';

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const option = (value: string, text = value) => ({ text: plain(text), value });
const input = (id: string, label: string, element: object, more: object = {}) => ({
  type: 'input',
  block_id: id,
  label: plain(label),
  element: { action_id: id, ...element },
  ...more,
});

describeWith('chromium', 'the fields of a modal', ({ chromium }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium);
  });
  afterAll(() => browser?.close());

  const conversations = [
    made.dm(),
    made.conversation('C0OPS', 'ops'),
    made.conversation('C0AUDIT', 'audit', { kind: 'private' }),
  ];

  it('several options of the bot, of a list and of conversations; a day; rich text', async () => {
    const blocks = [
      input('sites', 'Sites', { type: 'multi_external_select', min_query_length: 1, max_selected_items: 1 }),
      input('kinds', 'Kinds', { type: 'multi_static_select', options: [option('a', 'Alpha'), option('b', 'Beta')] }),
      input('where', 'Where', {
        type: 'multi_conversations_select',
        filter: { include: ['public', 'im'], exclude_bot_users: true },
      }),
      input('day', 'Since', { type: 'datepicker' }),
      input('note', 'Note', { type: 'rich_text_input', min_lines: 3 }),
    ];
    const scene = made.scene({ conversations, modals: [made.openModal('V0FIELDS', 'Fields', blocks)] });
    await using visiting = await visit(browser, scene);
    const { page, server } = visiting;
    server.answer('options', 200, () => ({ options: [option('s1', 'example.com'), option('s2', 'example.org')] }));
    const dialog = page.getByRole('dialog');
    const sites = dialog.getByRole('combobox', { name: 'Sites' });
    await sites.pressSequentially('ex');
    expect(await server.nextAct('options')).toMatchObject({ block_id: 'sites', action_id: 'sites', value: 'ex' });
    await dialog.getByRole('option', { name: 'example.com' }).click();
    await sites.pressSequentially('ex');
    await dialog.getByRole('option', { name: 'example.org' }).click();
    await sites.press('Escape');
    const kinds = dialog.getByRole('combobox', { name: 'Kinds' });
    await kinds.fill('be');
    await kinds.press('ArrowDown');
    await kinds.press('Enter');
    await kinds.press('Escape');
    const where = dialog.getByRole('combobox', { name: 'Where' });
    await where.click();
    const offered = dialog.getByRole('listbox').filter({ visible: true }).getByRole('option');
    expect(await offered.allTextContents()).toEqual(['#ops']);
    await offered.click();
    await where.press('Escape');
    await dialog.getByLabel('Since').fill('2026-05-28');
    await dialog.getByRole('textbox', { name: 'Note' }).fill('The laptop\nis gone');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText('Choose at most 1.').waitFor();
    await dialog.getByRole('button', { name: 'Remove example.com' }).click();
    await dialog.getByRole('button', { name: 'Create' }).click();
    const text = { type: 'text', text: 'The laptop\nis gone' };
    expect((await server.nextAct('submit')).values).toEqual({
      sites: { sites: { type: 'multi_external_select', selected_options: [option('s2', 'example.org')] } },
      kinds: { kinds: { type: 'multi_static_select', selected_options: [option('b', 'Beta')] } },
      where: { where: { type: 'multi_conversations_select', selected_conversations: ['C0OPS'] } },
      day: { day: { type: 'datepicker', selected_date: '2026-05-28' } },
      note: {
        note: {
          type: 'rich_text_input',
          rich_text_value: { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [text] }] },
        },
      },
    });
    expect(await namelessControls(page)).toEqual([]);
    expect(await weakContrasts(page)).toEqual([]);
  });

  it('what an update no longer offers is no longer chosen; what was typed stays', async () => {
    const blocks = (...values: string[]) => [
      input('kinds', 'Kinds', { type: 'multi_static_select', options: values.map((value) => option(value)) }),
      input('note', 'Note', { type: 'rich_text_input' }),
    ];
    const scene = (...values: string[]) =>
      made.scene({ modals: [made.openModal('V0FIELDS', 'Fields', blocks(...values))] });
    await using visiting = await visit(browser, scene('alpha', 'beta', 'gamma'));
    const { page, server } = visiting;
    const kinds = page.getByRole('combobox', { name: 'Kinds' });
    await kinds.click();
    await page.getByRole('option', { name: 'alpha' }).click();
    await page.getByRole('option', { name: 'beta' }).click();
    await kinds.press('Escape');
    await page.getByRole('textbox', { name: 'Note' }).fill('kept');
    server.show(scene('beta', 'delta'));
    await page.getByRole('button', { name: 'Remove alpha' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Create' }).click();
    expect((await server.nextAct('submit')).values).toMatchObject({
      kinds: { kinds: { selected_options: [option('beta')] } },
      note: { note: { rich_text_value: { elements: [{ elements: [{ text: 'kept' }] }] } } },
    });
  });

  it('three deep: the one on top acts, one below is updated unseen and shown when its turn comes', async () => {
    const sure = {
      type: 'checkboxes',
      options: [{ text: mrkdwn('I have confirmed that *device-1* is no longer in use'), value: 'yes' }],
    };
    const menu = { type: 'overflow', action_id: 'more', options: [option('renew', 'Renew'), option('hold', 'Hold')] };
    const confirm = { title: plain('Hold it now?'), text: mrkdwn('*device-1* is refused at once.'), style: 'danger' };
    const list = (text: string) =>
      made.openModal('V0LIST', 'List', [{ type: 'section', block_id: 's', text: mrkdwn(text) }], '');
    const show = made.openModal('V0SHOW', 'Show', [{ type: 'section', block_id: 's', text: mrkdwn('device-1') }], '');
    const revoke = made.openModal('V0REVOKE', 'Revoke', [
      { type: 'alert', block_id: 'a', level: 'warning', text: plain('This cannot be undone.') },
      input('sure', 'Before you go on', sure),
      { type: 'actions', block_id: 'acts', elements: [{ ...menu, confirm }] },
    ]);
    await using visiting = await visit(browser, made.scene({ modals: [list('device-1: active'), show, revoke] }));
    const { page, server } = visiting;
    const top = page.getByRole('dialog', { name: 'Revoke' });
    await top.waitFor();
    expect(await page.getByRole('dialog').count()).toBe(1);
    expect(await top.getByRole('note').textContent()).toBe('Warning: This cannot be undone.');
    await top.getByRole('checkbox', { name: 'I have confirmed that device-1 is no longer in use' }).check();
    expect(await top.locator('label strong').textContent()).toBe('device-1');

    await top.getByRole('button', { name: 'More actions' }).press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const asked = page.getByRole('alertdialog', { name: 'Hold it now?' });
    expect(await asked.locator('strong').textContent()).toBe('device-1');
    await asked.getByRole('button', { name: 'Yes' }).click();
    expect(await server.nextAct('act')).toMatchObject({
      container: { kind: 'modal', viewId: 'V0REVOKE' },
      action: { type: 'overflow', action_id: 'more', selected_option: option('hold', 'Hold') },
      values: { sure: { sure: { selected_options: [{ value: 'yes' }] } } },
    });

    server.show(made.scene({ modals: [list('device-1: on hold'), show, revoke] }));
    expect(await page.getByText('on hold').isVisible()).toBe(false);
    expect(await top.getByRole('checkbox').isChecked()).toBe(true);
    server.show(made.scene({ modals: [list('device-1: on hold')] }));
    await page.getByRole('dialog', { name: 'List' }).getByText('device-1: on hold').waitFor();
    expect(server.unseen('close')).toBe(0);
  });

  it('an ephemeral message: its buttons act, its links and url buttons open in a tab of their own', async () => {
    const link = { type: 'button', action_id: 'open', text: plain('Open once'), url: 'https://keys.example.com/r/7#k' };
    const blocks = [
      { type: 'section', block_id: 's', text: mrkdwn('Or <https://keys.example.com/help|read more>.') },
      {
        type: 'actions',
        block_id: 'a',
        elements: [link, { type: 'button', action_id: 'saved', text: plain('Saved') }],
      },
    ];
    const key = made.message(made.at(60), made.BOT, 'Your key', { ephemeral: true, blocks });
    await using visiting = await visit(browser, made.scene({ conversations: [made.dm([key])] }));
    const { page, server } = visiting;
    for (const name of ['Open once', 'read more']) {
      const anchor = page.getByRole('link', { name });
      expect(await anchor.getAttribute('target')).toBe('_blank');
      expect(await anchor.getAttribute('rel')).toBe('noopener noreferrer');
    }
    await page.context().route('https://keys.example.com/**', (route) => route.fulfill({ body: 'once' }));
    const tab = page.context().waitForEvent('page');
    await page.getByRole('link', { name: 'Open once' }).click();
    const opened = await tab;
    await opened.waitForLoadState();
    expect(opened.url()).toBe('https://keys.example.com/r/7#k');
    expect(await opened.evaluate('document.referrer')).toBe('');
    // As in Slack, the app hears of it.
    expect((await server.nextAct('act')).action).toMatchObject({ action_id: 'open' });
    await page.getByRole('button', { name: 'Saved' }).click();
    expect((await server.nextAct('act')).action).toMatchObject({ action_id: 'saved' });
  });
});
