import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../support/tools.ts';
import * as made from './scenes.ts';
import { launchBrowser, visit } from './support.ts';

describeWith('chromium', 'the page shows conversations', ({ chromium }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium);
  });
  afterAll(() => browser?.close());

  const inOps = (messages = [made.approvalCard(made.at(60))]) =>
    made.scene({ conversations: [made.conversation('C0OPS', 'ops', { messages })] });

  it('names a user group by its handle, also aloud', async () => {
    const asked = made.message(made.at(60), made.BOT, 'Ask <!subteam^S0PLATFORM> or <!subteam^S0GONE|@the-old-team>.');
    await using visiting = await visit(browser, made.scene());
    const { page, server } = visiting;
    server.show(made.scene({ conversations: [made.dm([asked])] }));
    await page.locator('.mention', { hasText: '@platform-team' }).waitFor();
    expect(await page.locator('.message-text').textContent()).toBe('Ask @platform-team or @the-old-team.');
    expect(await page.locator('#announcements').textContent()).toBe(
      'countersign: Ask @platform-team or @the-old-team.',
    );
  });

  it('renders every kind of block and says which it does not know', async () => {
    const sink = made.message(made.at(0), made.BOT, 'all', { blocks: made.KITCHEN_SINK });
    await using visiting = await visit(browser, inOps([sink]));
    const { page } = visiting;
    const message = page.getByRole('article', { name: 'countersign' });
    await message.getByRole('heading', { name: 'Every kind of block' }).waitFor();
    expect(await message.getByRole('link', { name: 'a link' }).getAttribute('href')).toBe('https://example.com/a_b_c');
    expect(await message.getByRole('link', { name: 'not a link' }).count()).toBe(0);
    expect(await message.getByText('2026-05-28 22:26:40').count()).toBe(1);
    expect(await message.getByText('1 < 2 & 3').count()).toBe(1);
    expect(await message.getByRole('cell', { name: '364' }).count()).toBe(1);
    expect(await message.getByRole('textbox', { name: 'A note' }).count()).toBe(1);
    expect(await message.getByText('does not show this kind of block (carousel)').count()).toBe(1);
    expect(await message.getByText('Picture: certificates per week').count()).toBe(1);
  });

  it('never takes markup from a message', async () => {
    const nasty = made.message(made.at(0), made.BOB, '<img src=x onerror=alert(1)> <b>bold</b> &lt;script&gt;');
    await using visiting = await visit(browser, inOps([nasty]));
    const message = visiting.page.getByRole('article', { name: 'bob' });
    await message.getByText('<script>').waitFor();
    expect(await message.locator('img, b, script').count()).toBe(0);
  });

  it('asks before a button that wants it, and then sends what Slack would', async () => {
    await using visiting = await visit(browser, inOps());
    const { page, server } = visiting;
    const approve = page.getByRole('button', { name: 'Approve revoking device-7' });
    await approve.click();
    const asked = page.getByRole('alertdialog', { name: 'Approve this revocation?' });
    await asked.getByRole('button', { name: 'Not yet' }).click();
    await asked.waitFor({ state: 'detached' });
    expect(server.unseen('act')).toBe(0);
    await approve.click();
    await asked.getByRole('button', { name: 'Approve' }).click();
    const act = await server.nextAct('act');
    expect(act).toMatchObject({
      client: 'client-1',
      container: { kind: 'message', conversationId: 'C0OPS', ts: made.at(60) },
      action: { type: 'button', block_id: 'decide', action_id: 'approve', value: 'r-7f3a' },
    });
  });

  it('keeps focus on the message whose buttons are gone', async () => {
    await using visiting = await visit(browser, inOps());
    const { page, server } = visiting;
    await page.getByRole('button', { name: 'Deny' }).click();
    await server.nextAct('act');
    server.show(inOps([made.approvalCard(made.at(60), true)]));
    await page.getByText('Approved by').waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('ARTICLE');
  });

  it('opens an overflow menu and works it by keyboard', async () => {
    await using visiting = await visit(browser, inOps());
    const { page, server } = visiting;
    await page.getByRole('button', { name: 'More actions' }).press('ArrowDown');
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Details');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const act = await server.nextAct('act');
    expect(act.action).toMatchObject({ type: 'overflow', selected_option: { value: 'evidence' } });
    expect(await page.getByRole('menu').count()).toBe(0);
  });

  it('marks ephemeral messages and copies certificate and key exactly', async () => {
    await using visiting = await visit(browser, inOps([made.keyShowing(made.at(5))]), {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const { page } = visiting;
    const message = page.getByRole('article', { name: 'countersign' });
    await message.getByText('Only visible to you').waitFor();
    await message.getByRole('button', { name: 'Copy certificate' }).click();
    await page.getByRole('status').getByText('Copied certificate').waitFor({ state: 'attached' });
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(made.CERTIFICATE);
    await message.getByRole('button', { name: 'Copy private key' }).click();
    await page.getByRole('status').getByText('Copied private key').waitFor({ state: 'attached' });
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(made.PRIVATE_KEY);
  });

  it('keeps focus, caret, typed text and scroll position when news arrive, and reads them aloud', async () => {
    const many = Array.from({ length: 60 }, (_, index) =>
      made.message(made.at(1000 - index), made.BOB, `line ${index}`),
    );
    await using visiting = await visit(browser, inOps(many));
    const { page, server } = visiting;
    const composer = page.getByRole('combobox', { name: 'Message to #ops' });
    await composer.fill('half a sentence');
    await composer.press('Home');
    await page.getByRole('region', { name: 'Messages in #ops' }).evaluate((pane: { scrollTop: number }) => {
      pane.scrollTop = 100;
    });
    await page.getByRole('button', { name: 'To the newest' }).waitFor();
    server.show(inOps([...many, made.message(made.at(1), made.BOB, 'the *newest*')]));
    await page.getByRole('status').getByText('bob: the newest').waitFor({ state: 'attached' });
    expect(await composer.inputValue()).toBe('half a sentence');
    expect(await page.evaluate('[document.activeElement.id, document.activeElement.selectionStart]')).toEqual([
      'composer',
      0,
    ]);
    expect(await page.evaluate('document.getElementById("messages").scrollTop')).toBe(100);
  });

  it('sends the choice of a select in a message at once, and keeps it over news', async () => {
    const sink = made.message(made.at(0), made.BOT, 'all', { blocks: made.KITCHEN_SINK });
    await using visiting = await visit(browser, inOps([sink]));
    const { page, server } = visiting;
    await page.getByRole('combobox', { name: 'Site' }).selectOption({ label: 'example.org' });
    const act = await server.nextAct('act');
    expect(act.action).toMatchObject({ type: 'static_select', selected_option: { value: 'b' } });
    server.show(inOps([sink, made.message(made.at(-5), made.BOB, 'something new')]));
    await page.getByText('something new').first().waitFor();
    expect(await page.getByRole('combobox', { name: 'Site' }).inputValue()).toBe('b');
  });

  it('keeps up with typing beside two hundred messages with blocks', async () => {
    const many = Array.from({ length: 200 }, (_, index) => made.approvalCard(made.at(1000 - index)));
    await using visiting = await visit(browser, inOps(many));
    const { page } = visiting;
    const composer = page.getByRole('combobox', { name: 'Message to #ops' });
    await composer.pressSequentially('warm');
    const drawnMs = await page.evaluate<number>(`(async () => {
      const input = document.getElementById('composer');
      const start = performance.now();
      for (let count = 0; count < 20; count += 1) {
        input.value += 'x';
        input.dispatchEvent(new InputEvent('input', { bubbles: true }));
        await Promise.resolve();
      }
      return (performance.now() - start) / 20;
    })()`);
    expect(drawnMs).toBeLessThan(50);
  });

  it('marks what is open as read, and only that', async () => {
    const unread = made.scene({
      conversations: [
        made.dm(),
        made.conversation('C0OPS', 'ops', { unread: 3, messages: [made.message(made.at(9), made.BOB, 'hello')] }),
      ],
    });
    await using visiting = await visit(browser, unread);
    const { page, server } = visiting;
    const link = page.getByRole('link', { name: 'ops 3 unread' });
    await link.waitFor();
    expect(server.unseen('read')).toBe(0);
    await link.click();
    expect(await server.nextAct('read')).toMatchObject({ conversationId: 'C0OPS' });
  });
});
