import { EventEmitter, once } from 'node:events';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../support/tools.ts';
import * as made from './scenes.ts';
import { launchBrowser, visit } from './support.ts';

describeWith('chromium', 'the composer', ({ chromium }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium);
  });
  afterAll(() => browser?.close());

  const composerOf = (page: Page) => page.getByRole('combobox', { name: 'Message to countersign' });

  it('offers commands, then subcommands of its own and of the usage hint', async () => {
    await using visiting = await visit(browser, made.scene());
    const { page } = visiting;
    const composer = composerOf(page);
    await composer.pressSequentially('/m');
    await page.getByRole('option', { name: '/mtls', selected: true }).waitFor();
    await composer.press('Enter');
    expect(await composer.inputValue()).toBe('/mtls ');
    const names = await page.getByRole('option').locator('code').allTextContents();
    expect(names).toContain('/mtls site add');
    expect(names).toContain('/mtls revoke');
    await composer.pressSequentially('si');
    await composer.press('ArrowDown');
    await composer.press('Tab');
    expect(await composer.inputValue()).toBe('/mtls site list ');
    expect(await composer.getAttribute('aria-expanded')).toBe('false');
  });

  it('says which option is active, and closes on Escape until the text changes', async () => {
    await using visiting = await visit(browser, made.scene());
    const { page } = visiting;
    const composer = composerOf(page);
    await composer.fill('/mtls ');
    expect(await composer.getAttribute('aria-activedescendant')).toBeNull();
    await composer.press('ArrowDown');
    const active = await composer.getAttribute('aria-activedescendant');
    expect(await page.locator(`#${active}`).textContent()).toContain('/mtls help');
    await composer.press('Escape');
    expect(await page.getByRole('listbox').count()).toBe(0);
    await composer.pressSequentially('i');
    await page.getByRole('option', { name: '/mtls issue' }).waitFor();
  });

  it('sends on Enter, breaks the line on Shift+Enter, and shows that the bot is answering', async () => {
    await using visiting = await visit(browser, made.scene());
    const { page, server } = visiting;
    const bot = new EventEmitter();
    server.answer('say', 200, async () => {
      await once(bot, 'answers');
      return {};
    });
    const composer = composerOf(page);
    await composer.pressSequentially('one');
    await composer.press('Shift+Enter');
    await composer.pressSequentially('two');
    await composer.press('Enter');
    expect(await server.nextAct('say')).toEqual({ client: 'client-1', conversationId: 'D0BOT', text: 'one\ntwo' });
    expect(await composer.inputValue()).toBe('');
    const busy = page.getByText('countersign is answering');
    await busy.waitFor();
    bot.emit('answers');
    await busy.waitFor({ state: 'detached' });
  });

  it('sends a command that needs no completion as it stands', async () => {
    await using visiting = await visit(browser, made.scene());
    const { page, server } = visiting;
    await composerOf(page).fill('/mtls');
    await composerOf(page).press('Enter');
    expect(await server.nextAct('say')).toMatchObject({ text: '/mtls' });
  });

  it('shows a refusal as an alert and gives the words back', async () => {
    await using visiting = await visit(browser, made.scene());
    const { page, server } = visiting;
    server.answer('say', 502, () => ({ problem: 'The bot did not answer within three seconds.' }));
    await composerOf(page).fill('/mtls issue');
    await composerOf(page).press('Enter');
    await page.getByRole('alert').getByText('did not answer within three seconds').waitFor();
    expect(await composerOf(page).inputValue()).toBe('/mtls issue');
    await page.getByRole('button', { name: 'Dismiss', exact: true }).click();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('begins with the first command for whoever does not know what to type', async () => {
    await using visiting = await visit(browser, made.scene());
    const { page } = visiting;
    await page
      .getByRole('complementary', { name: 'First steps' })
      .getByText('You are Alice Okafor, Operator')
      .waitFor();
    await page.getByRole('button', { name: 'Type /mtls' }).click();
    await page.getByRole('option', { name: '/mtls issue' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('composer');
  });
});
