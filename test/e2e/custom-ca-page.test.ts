import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { update } from '../../core/store/plan.ts';
import { opensslCa } from '../support/openssl-ca.ts';
import { ACCOUNT, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';
import { launchBrowser, narrow } from './page/support.ts';
import { type Desk, sitDown } from './story/desk.ts';

const CHAPTER_MS = 120_000;

describeWith(['chromium', 'redisServer', 'openssl'], 'a custom CA in front of browsers', ({ chromium, openssl }) => {
  const faults: string[] = [];
  const ca = opensslCa(openssl);
  const root = ca.root({ subject: '/O=Plant/CN=Plant Root' });
  let browser: Browser;
  let stack: Stack;
  let ada: Desk;
  let bob: Desk;

  beforeAll(async () => {
    stack = await startStack();
    await stack.setUp();
    browser = await launchBrowser(chromium);
    ada = await sitDown(browser, stack.sandbox.pageUrl, 'U0ADA', faults);
    bob = await sitDown(browser, stack.sandbox.pageUrl, 'U0BOB', faults);
  }, CHAPTER_MS);

  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
    ca[Symbol.dispose]();
  });

  const modal = (name: string) => ada.page.getByRole('dialog', { name, exact: true });
  const press = (dialog: string, name: string) =>
    modal(dialog).getByRole('button', { name, exact: true }).last().click();

  async function approve(card: ReturnType<Desk['lasting']>): Promise<void> {
    await card.getByRole('button', { name: /^Approve/ }).click();
    await bob.page.getByRole('alertdialog').getByRole('button', { name: 'Approve' }).click();
    await card.getByText(/Approved by/).waitFor();
  }

  it('ada uploads it: a wrong one is told at its field, and bob compares the fingerprint', {
    timeout: CHAPTER_MS,
  }, async () => {
    const form = 'Upload CA Certificate';
    await ada.say('/mtls ca upload');
    await modal(form).getByText('It takes place 1 of 5').waitFor();
    await ada.picture('ca-upload');
    await narrow(ada.page);

    const leaf = ca.below(root, '/CN=alice', ['extendedKeyUsage=clientAuth']);
    const pasted = modal(form).getByRole('textbox', { name: /^Certificate/ });
    await pasted.fill(leaf.pem);
    await press(form, 'Upload');
    await modal(form).getByText('CN=alice is the certificate of a client or server').waitFor();
    await ada.picture('ca-upload-errors');
    await narrow(ada.page);

    await pasted.fill(root.pem);
    await modal(form).getByRole('textbox', { name: /^Name/ }).fill('Plant CA');
    await press(form, 'Upload');
    await modal(form).getByText('A second person is asked.').waitFor();
    await ada.picture('ca-upload-asked');
    await press(form, 'Close');

    await bob.goTo('mtls-approvals');
    const card = bob.lasting('Upload the custom CA Plant CA');
    await card.getByText('Compare the fingerprint').waitFor();
    await bob.picture('ca-upload-card');
    await narrow(bob.page);
    await approve(card);
    await ada.lasting('Plant CA is uploaded').waitFor();
    await ada.picture('ca-upload-dm');
  });

  it('is shown in the list and by itself, and hostnames are bound to it from there', {
    timeout: CHAPTER_MS,
  }, async () => {
    await ada.say('/mtls ca list');
    const list = ada.whisper('Custom CAs (1 of 5)');
    await list.getByRole('button', { name: 'Show Plant CA' }).waitFor();
    await ada.picture('ca-list');
    await narrow(ada.page);
    await ada.say('/mtls ca');
    await ada.whisper('There is no authority yet').getByRole('button', { name: 'Upload a CA certificate' }).waitFor();
    await ada.picture('ca');

    await list.first().getByRole('button', { name: 'Show Plant CA' }).click();
    const shown = modal('CA Certificate');
    await shown.getByText('None: it is trusted nowhere.').waitFor();
    await ada.picture('ca-show');
    await narrow(ada.page);
    await shown.getByRole('button', { name: 'Change the hostnames of Plant CA' }).click();
    const bind = modal('Domain Name Information');
    await bind.getByText('Plant CA has no hostname of example.com yet.').waitFor();
    await bind.getByRole('textbox', { name: /^Hostnames/ }).fill('plant.example.com');
    await bind.getByRole('button', { name: 'Preview', exact: true }).click();
    await bind.getByText('Gains (1)').waitFor();
    await bind.getByRole('textbox', { name: /^Why/ }).fill('The plant has its own CA.');
    await bind.getByRole('button', { name: 'Confirm', exact: true }).click();
    await bind.getByText('A second person is asked.').waitFor();
    await bind.getByRole('button', { name: 'Close', exact: true }).last().click();

    await shown.getByRole('button', { name: 'Delete Plant CA' }).click();
    await ada.page.getByText('has asked to bind hostnames').waitFor();
    await ada.picture('ca-delete-asked');
    await ada.page.getByRole('button', { name: 'Close', exact: true }).last().click();
    await shown.getByRole('button', { name: 'Close', exact: true }).last().click();
    await approve(bob.lasting(/Plant CA/).filter({ hasText: 'plant.example.com' }));
    await ada.lasting(/Plant CA.*has 1 hostname/).waitFor();
    await ada.say('/mtls ca delete Plant');
    await ada.whisper('whose clients would be shut out').waitFor();
  });

  it('is deleted when no hostname is bound to it any more', { timeout: CHAPTER_MS }, async () => {
    const [authority] = await stack.store.uploadedAuthorities(ACCOUNT);
    const binding = await stack.store.binding(`${authority?.siteId}:${authority?.id}`);
    expect(binding?.hostnames).toEqual(['plant.example.com']);
    if (binding) await stack.store.commit([update('bindings', binding, { hostnames: [] })]);

    await ada.say('/mtls ca show plant');
    await modal('CA Certificate').getByRole('button', { name: 'Delete Plant CA' }).click();
    const question = modal('Delete CA Certificate');
    await question.getByText('No hostname is bound to it').waitFor();
    await ada.picture('ca-delete');
    await narrow(ada.page);
    await question.getByRole('button', { name: 'Delete', exact: true }).click();
    // The question says the second half of it as well.
    await question.getByText('is deleted. Its place is free again.').waitFor();
    await question.getByRole('button', { name: 'Close', exact: true }).last().click();
    await expect.poll(() => ada.page.getByRole('dialog').count()).toBe(0);
    expect(await stack.store.uploadedAuthorities(ACCOUNT)).toEqual([]);
    expect(faults).toEqual([]);
  });
});
