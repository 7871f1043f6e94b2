import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Scene } from '../../../sandbox/contract.ts';
import { describeWith } from '../../support/tools.ts';
import * as made from './scenes.ts';
import { DESKTOP, launchBrowser, namelessControls, PHONE, smallTargets, visit, weakContrasts } from './support.ts';

describeWith('chromium', 'the workspace', ({ chromium }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium);
  });
  afterAll(() => browser?.close());

  const composerIn = (page: Page, place: string) => page.getByRole('combobox', { name: `Message to ${place}` });

  it('switches the person by address, so that two can stand side by side', async () => {
    await using visiting = await visit(browser, made.scene());
    const { page, server } = visiting;
    await page.getByText('Alice Okafor').first().click();
    const beside = page.getByRole('link', { name: 'Open as bob in a new tab' });
    expect(await beside.getAttribute('target')).toBe('_blank');
    await page.getByRole('link', { name: 'Bob Lindqvist Approver' }).click();
    await page.waitForURL('**/?as=U0BOB');
    await expect.poll(() => server.openedFor).toEqual(['U0ALICE', 'U0BOB']);
  });

  it('opens the Home, tells the bot so, and renders what it published', async () => {
    await using visiting = await visit(browser, made.scene({ home: made.HOME }));
    const { page, server } = visiting;
    await page.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name: 'Home' }).click();
    await server.nextAct('home');
    await page.getByRole('heading', { name: 'My certificates', level: 2 }).waitFor();
    await page.getByRole('button', { name: 'Renew' }).click();
    expect(await server.nextAct('act')).toMatchObject({ container: { kind: 'home' }, action: { value: 'device-2' } });
    expect(server.unseen('home')).toBe(0);
  });

  it('shows what the bot was refused with its pointer, until dismissed', async () => {
    const problem = {
      at: '2026-05-28T20:00:00Z',
      method: 'views.open',
      error: 'invalid_arguments',
      messages: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'],
    };
    await using visiting = await visit(browser, made.scene({ problems: [problem] }));
    const { page } = visiting;
    await page.getByRole('alert').getByText('json-pointer:/view/title/text').waitFor();
    await page.getByRole('button', { name: 'Dismiss these problems' }).click();
    expect(await page.getByText('json-pointer').count()).toBe(0);
  });

  it('says when the connection is lost, comes back by itself and keeps what was typed', async () => {
    await using visiting = await visit(browser, made.scene());
    const { page, server } = visiting;
    await composerIn(page, 'countersign').fill('not sent yet');
    server.dropStreams();
    const notice = page.getByText('Connection lost');
    await notice.waitFor();
    await notice.waitFor({ state: 'detached' });
    expect(server.openedFor).toHaveLength(2);
    expect(await composerIn(page, 'countersign').inputValue()).toBe('not sent yet');
  });

  it('invites the bot to a channel and removes it', async () => {
    const outside = made.conversation('C0OPS', 'ops', { botIsMember: false });
    await using visiting = await visit(browser, made.scene({ conversations: [outside] }));
    const { page, server } = visiting;
    await page.getByText('4 members').click();
    await page.getByRole('button', { name: 'Invite countersign' }).click();
    expect(await server.nextAct('invite')).toMatchObject({ conversationId: 'C0OPS', member: true });
  });

  it('on a phone begins with the list and goes back to it', async () => {
    await using visiting = await visit(browser, made.scene(), { viewport: PHONE });
    const { page } = visiting;
    await page.getByRole('link', { name: 'ops' }).click();
    await composerIn(page, '#ops').waitFor();
    expect(await page.getByRole('navigation', { name: 'Conversations' }).isVisible()).toBe(false);
    await page.getByRole('link', { name: 'All conversations' }).click();
    await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
    expect(await page.getByRole('main').isVisible()).toBe(false);
  });

  const messages = [
    made.message(made.at(9), made.BOT, 'all', { blocks: made.KITCHEN_SINK }),
    made.approvalCard(made.at(8)),
    made.keyShowing(made.at(7)),
  ];
  const full: Scene = made.scene({
    conversations: [made.dm(), made.conversation('C0OPS', 'ops', { messages, unread: 1 })],
    home: made.HOME,
    problems: [{ at: '1', method: 'chat.update', error: 'invalid_blocks', messages: ['[ERROR] too long'] }],
  });
  const screens: [string, Scene, string][] = [
    ['a conversation', full, '#C0OPS'],
    ['the Home', full, '#home'],
    [
      'a modal with errors',
      { ...full, modals: [made.createCertificate({ errors: { name: 'Taken already.' } })] },
      '#C0OPS',
    ],
    ['the list', full, ''],
  ];

  it('is judged by checks that do fail', async () => {
    await using visiting = await visit(browser, full, { viewport: PHONE, path: '/?as=U0ALICE#C0OPS' });
    const { page } = visiting;
    await page.evaluate(`(() => {
      const button = document.createElement('button');
      document.querySelector('main').append(button);
      const pale = document.createElement('p');
      pale.textContent = 'pale';
      pale.style.color = '#ccc';
      document.querySelector('main').append(pale);
    })()`);
    expect(await namelessControls(page)).toHaveLength(1);
    expect(await weakContrasts(page)).toEqual([expect.stringContaining('pale')]);
    expect(await smallTargets(page)).toHaveLength(1);
  });

  it.each(screens)(
    '%s names every control and keeps its contrast, light and dark, desktop and phone',
    async (_, scene, place) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const viewport of [DESKTOP, PHONE]) {
          await using visiting = await visit(browser, scene, { colorScheme, viewport, path: `/?as=U0ALICE${place}` });
          const { page } = visiting;
          expect(await namelessControls(page)).toEqual([]);
          expect(await weakContrasts(page)).toEqual([]);
          expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
          if (viewport === PHONE) expect(await smallTargets(page)).toEqual([]);
        }
      }
    },
  );
});
