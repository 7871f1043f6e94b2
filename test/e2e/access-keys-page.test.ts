import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACCESS_KEY_ID, ACCESS_KEY_SECRET } from '../../core/access/credentials.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';
import { launchBrowser, narrow } from './page/support.ts';
import { type Desk, sitDown } from './story/desk.ts';

const CHAPTER_MS = 120_000;

describeWith(
  ['chromium', 'redisServer'],
  'an API key in front of browsers, from its form to its end',
  ({ chromium }) => {
    const faults: string[] = [];
    let browser: Browser;
    let stack: Stack;
    let ada: Desk;
    let bob: Desk;

    beforeAll(async () => {
      stack = await startStack({ api: true });
      await stack.setUp();
      browser = await launchBrowser(chromium);
      ada = await sitDown(browser, stack.sandbox.pageUrl, 'U0ADA', faults);
      bob = await sitDown(browser, stack.sandbox.pageUrl, 'U0BOB', faults);
    }, CHAPTER_MS);

    afterAll(async () => {
      await browser?.close();
      await stack?.[Symbol.asyncDispose]();
    });

    const modal = (desk: Desk, name: string) => desk.page.getByRole('dialog', { name, exact: true });

    it('ada asks for a key that may write, and is told in the form what is not right', {
      timeout: CHAPTER_MS,
    }, async () => {
      await ada.say('/mtls key create');
      const form = modal(ada, 'New API Key');
      await form.waitFor();
      await ada.picture('key-form');
      await narrow(ada.page);
      await form.getByRole('textbox', { name: 'Name' }).fill('Deploy!');
      await form.getByRole('checkbox', { name: 'Client certificates' }).check();
      await form.getByRole('button', { name: 'Make it' }).click();
      await form.getByText('Use lower-case letters').waitFor();
      await form.getByText('Choose at least one site').waitFor();
      await ada.picture('key-form-errors');
      await form.getByRole('textbox', { name: 'Name' }).fill('deploy');
      await form.getByRole('radio', { name: 'All sites' }).check();
      await form.getByRole('radio', { name: 'Read and write' }).check();
      await form.getByRole('checkbox', { name: 'Sites' }).check();
      await form.getByRole('button', { name: 'Make it' }).click();
      await modal(ada, 'API Key').getByText('A second person is asked').waitFor();
      await ada.picture('key-recorded');
      await modal(ada, 'API Key').getByRole('button', { name: 'Close' }).last().click();
      await ada.lasting('API key deploy').getByText('a second person is asked').waitFor();
      await ada.picture('key-dm-waiting');
    });

    it('bob sees what it may do, and agrees', { timeout: CHAPTER_MS }, async () => {
      await bob.goTo('mtls-approvals');
      const card = bob.lasting('Make the API key deploy');
      await card.getByText('Client certificates').waitFor();
      await bob.picture('key-card');
      await narrow(bob.page);
      await card.getByRole('button', { name: /^Approve/ }).click();
      await bob.page.getByRole('alertdialog').getByRole('button', { name: 'Approve' }).click();
      await card.getByText(/Approved by/).waitFor();
      await bob.picture('key-card-approved');
    });

    it('ada is shown ID and secret once, can copy both, and takes them away', { timeout: CHAPTER_MS }, async () => {
      const dm = ada.lasting('API key deploy');
      await dm.getByRole('button', { name: /^Show the AccessKey ID/ }).waitFor();
      await ada.picture('key-dm-ready');
      await dm.getByRole('button', { name: /^Show the AccessKey ID/ }).click();
      const shown = ada.whisper('copy the secret now');
      await shown.waitFor();
      await ada.picture('key-shown');
      await narrow(ada.page);
      const copies = shown.getByRole('button', { name: /^Copy/ });
      await copies.nth(0).click();
      await expect.poll(() => ada.clipboard()).toMatch(ACCESS_KEY_ID);
      await copies.nth(1).click();
      await expect.poll(() => ada.clipboard()).toMatch(ACCESS_KEY_SECRET);
      expect(await shown.textContent()).toContain(`endpoint: '${new URL(stack.apiUrl).host}'`);
      expect(await shown.textContent()).toContain("protocol: 'HTTP'");
      await shown.getByRole('button', { name: /^I saved/ }).click();
      await shown.waitFor({ state: 'detached' });
      await dm.getByText('its secret was shown to you').waitFor();
      await ada.picture('key-dm-shown');
    });

    it('the list shows it; disabled, it says so, and enabling it asks somebody else', {
      timeout: CHAPTER_MS,
    }, async () => {
      await ada.say('/mtls key list');
      const list = modal(ada, 'API Keys');
      await list.getByText('Never used').waitFor();
      await ada.picture('key-list');
      await narrow(ada.page);
      await list.getByRole('button', { name: 'Disable the API key deploy' }).click();
      await list.getByText('is disabled: its calls fail').waitFor();
      await ada.picture('key-list-disabled');
      await list.getByRole('button', { name: 'Enable the API key deploy' }).click();
      await list.getByText('A second person is asked').waitFor();
      await list.getByRole('button', { name: 'Delete the API key deploy' }).click();
      const sure = ada.page.getByRole('alertdialog', { name: 'Delete this API key?' });
      await ada.picture('key-list-delete');
      await sure.getByRole('button', { name: 'Delete' }).click();
      await list.getByText('There is no API key.').waitFor();
      await list.getByRole('button', { name: 'Close' }).last().click();
      expect(await stack.store.countAccessKeys('T0ACME')).toEqual({ present: 0, deleted: 1 });
    });

    it('the audit finds the changes, and the search has a field for API keys', { timeout: CHAPTER_MS }, async () => {
      await ada.say('/mtls audit key.deleted');
      const audit = modal(ada, 'Audit');
      await audit.getByText('deleted the API key deploy').waitFor();
      await audit.getByRole('textbox', { name: 'Or which API key' }).waitFor();
      await ada.picture('key-audit');
      expect(stack.sandbox.problems).toEqual([]);
      expect(faults).toEqual([]);
    });
  },
);
