import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Block } from '../../../sandbox/contract.ts';
import { describeWith } from '../../support/tools.ts';
import * as made from './scenes.ts';
import { launchBrowser, namelessControls, smallTargets, visit, weakContrasts } from './support.ts';

const NARROW = { viewport: { width: 390, height: 844 }, path: '/?as=U0ALICE#D0BOT' };

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const button = (action_id: string, text: string, row: number, more: object = {}) => ({
  type: 'button',
  action_id: `${action_id}-${row}`,
  text: plain(text),
  value: String(row),
  accessibility_label: `${text} device-${row}`,
  ...more,
});

/** Ten certificates, three buttons each, filters above and pages below: as `/mtls list` shows them. */
const listBlocks = (): Block[] => [
  {
    type: 'actions',
    block_id: 'filters',
    elements: [
      {
        type: 'static_select',
        action_id: 'state',
        placeholder: plain('State'),
        options: ['Active', 'On hold', 'Revoked'].map((text) => ({ text: plain(text), value: text })),
      },
      { type: 'external_select', action_id: 'site', placeholder: plain('Site'), min_query_length: 0 },
      { type: 'users_select', action_id: 'owner', placeholder: plain('Owner') },
    ],
  },
  ...Array.from({ length: 10 }, (_, row): Block[] => [
    {
      type: 'section',
      block_id: `row-${row}`,
      text: mrkdwn(
        `*device-${row}* · a-rather-long-host-name-${row}.production.example.com\n:large_green_circle: Active · until <!date^1790000000^{date_short}|in May> · last used 3 days ago\nSerial \`04:8f:aa:10:2b:3c:4d:5e:6f:70:81:92:a3:b4:c5:d${row}\``,
      ),
    },
    {
      type: 'actions',
      block_id: `acts-${row}`,
      elements: [
        button('show', 'Show', row),
        button('renew', 'Renew', row),
        button('revoke', 'Revoke', row, {
          style: 'danger',
          confirm: { title: plain('Revoke?'), text: plain(`device_${row}_a *stops* working.`) },
        }),
      ],
    },
    { type: 'divider', block_id: `line-${row}` },
  ]).flat(),
  {
    type: 'actions',
    block_id: 'pages',
    elements: [button('previous', 'Previous', 0, { accessibility_label: undefined }), button('next', 'Next', 1)],
  },
];

const fits = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate(`(() => {
    const frame = document.querySelector('${selector}');
    const inside = [...frame.querySelectorAll('button, select, input, .section-text, code')]
      .every((element) => element.getBoundingClientRect().right <= innerWidth && element.getBoundingClientRect().left >= 0);
    return inside && frame.scrollWidth <= frame.clientWidth;
  })()`);

/** The buttons of a row stand beside each other: one line, one height. */
const oneLine = (page: Page, row: number): Promise<boolean> =>
  page.evaluate(`(() => {
    const tops = ['Show', 'Renew', 'Revoke'].map((text) => document.querySelector('[aria-label="' + text + ' device-${row}"]').getBoundingClientRect().top);
    return new Set(tops).size === 1;
  })()`);

describeWith('chromium', 'a list of ten certificates on a phone', ({ chromium }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium);
  });
  afterAll(() => browser?.close());

  const message = () =>
    made.message(made.at(60), made.BOT, 'Your certificates', { blocks: listBlocks(), ephemeral: true });

  it('fits as a message, each row with its buttons on one line', async () => {
    await using visiting = await visit(browser, made.scene({ conversations: [made.dm([message()])] }), NARROW);
    const { page, server } = visiting;
    await page.getByRole('button', { name: 'Show device-9' }).waitFor();
    expect(await fits(page, '#messages')).toBe(true);
    expect(await oneLine(page, 0)).toBe(true);
    expect(await smallTargets(page)).toEqual([]);
    expect(await namelessControls(page)).toEqual([]);
    expect(await weakContrasts(page)).toEqual([]);
    await page.getByRole('button', { name: 'Revoke device-3' }).click();
    // The bot named neither button of its question: Slack's words stand in.
    const asked = page.getByRole('alertdialog', { name: 'Revoke?' });
    expect(await asked.getByText('device_3_a *stops* working.').count()).toBe(1);
    await asked.getByRole('button', { name: 'Cancel' }).click();
    expect(server.unseen('act')).toBe(0);
    await page.getByRole('button', { name: 'Revoke device-3' }).click();
    await asked.getByRole('button', { name: 'Yes' }).click();
    expect((await server.nextAct('act')).action).toMatchObject({ action_id: 'revoke-3', value: '3' });
  });

  it('fits as the Home', async () => {
    const home = { ...made.scene().home, ...(made.HOME as object), blocks: listBlocks() } as typeof made.HOME;
    await using visiting = await visit(browser, made.scene({ home }), { ...NARROW, path: '/?as=U0ALICE#home' });
    await visiting.page.getByRole('button', { name: 'Show device-9' }).waitFor();
    expect(await fits(visiting.page, '.home')).toBe(true);
    expect(await oneLine(visiting.page, 9)).toBe(true);
  });

  it('in a modal scrolls between its title and its buttons, which stay where they are', async () => {
    const modals = [made.openModal('V0LIST', 'Certificates', listBlocks(), 'Search')];
    await using visiting = await visit(browser, made.scene({ modals }), NARROW);
    const { page } = visiting;
    const dialog = page.getByRole('dialog', { name: 'Certificates' });
    const title = dialog.getByRole('heading', { name: 'Certificates' });
    const submit = dialog.getByRole('button', { name: 'Search', exact: true });
    const last = dialog.getByRole('button', { name: 'Show device-9' });
    await title.waitFor();
    const places = async () => [await title.boundingBox(), await submit.boundingBox()];
    const before = await places();
    expect(before.every((box) => box && box.y >= 0 && box.y + box.height <= 844)).toBe(true);
    await last.scrollIntoViewIfNeeded();
    expect((await last.boundingBox())?.y).toBeLessThan(before[1]?.y ?? 0);
    expect(await places()).toEqual(before);
    expect(await fits(page, '.modal-body')).toBe(true);
    expect(await oneLine(page, 9)).toBe(true);
    expect(await smallTargets(page)).toEqual([]);
  });
});
