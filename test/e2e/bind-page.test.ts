import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bindingId, MANAGED } from '../../core/bindings/verbs.ts';
import { ACCOUNT, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';
import { launchBrowser, narrow } from './page/support.ts';
import { type Desk, sitDown } from './story/desk.ts';

const CHAPTER_MS = 120_000;

describeWith(['chromium', 'redisServer'], 'hostnames in front of browsers', ({ chromium }) => {
  const faults: string[] = [];
  let browser: Browser;
  let stack: Stack;
  let alice: Desk;
  let bob: Desk;

  beforeAll(async () => {
    stack = await startStack();
    await stack.setUp();
    browser = await launchBrowser(chromium);
    alice = await sitDown(browser, stack.sandbox.pageUrl, 'U0ALICE', faults);
    bob = await sitDown(browser, stack.sandbox.pageUrl, 'U0BOB', faults);
  }, CHAPTER_MS);

  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  const modal = (desk: Desk) => desk.page.getByRole('dialog', { name: 'Domain Name Information', exact: true });
  const press = (desk: Desk, name: string) => modal(desk).getByRole('button', { name, exact: true }).last().click();

  async function bound(): Promise<readonly string[] | undefined> {
    const site = (await stack.store.sites(ACCOUNT)).find(({ name }) => name === 'example.com');
    return (await stack.store.binding(bindingId(site?.id ?? '', MANAGED)))?.hostnames;
  }

  it('alice binds hostnames: bad ones are told at the field, the preview says what happens', {
    timeout: CHAPTER_MS,
  }, async () => {
    await alice.say('/mtls bindings');
    const none = alice.whisper('No hostname of example.com is bound');
    await none.getByRole('button', { name: /^Bind hostnames/ }).waitFor();
    await alice.picture('bindings-none');
    await none.getByRole('button', { name: /^Bind hostnames/ }).click();
    await modal(alice).getByText('Managed authority has no hostname of example.com yet.').waitFor();
    await alice.picture('bind');
    await narrow(alice.page);

    const names = modal(alice).getByRole('textbox', { name: /^Hostnames/ });
    await names.fill('www.example.com, *.example.com\nexample.com.evil.org\na_b.example.com');
    await press(alice, 'Preview');
    await modal(alice).getByText('example.com.evil.org: neither example.com nor below it.').waitFor();
    await alice.picture('bind-errors');
    await narrow(alice.page);

    await names.fill('www.example.com, *.example.com\nbücher.example.com');
    await press(alice, 'Preview');
    await modal(alice).getByText('Gains (3)').waitFor();
    await alice.picture('bind-preview');
    await narrow(alice.page);
    await press(alice, 'Confirm');
    await modal(alice).getByText('has 3 hostnames of example.com now').waitFor();
    await alice.picture('bind-done');
    await press(alice, 'Close');
    expect(await bound()).toEqual(['www.example.com', '*.example.com', 'xn--bcher-kva.example.com']);
  });

  it('an empty replacement is asked twice, and bob approves it', { timeout: CHAPTER_MS }, async () => {
    await alice.say('/mtls bindings example.com');
    const lists = alice.whisper('Hostnames with mTLS');
    await lists.getByRole('button', { name: /^Change the hostnames of Managed authority/ }).waitFor();
    await alice.picture('bindings');
    await lists.getByRole('button', { name: /^Change the hostnames of Managed authority/ }).click();
    await modal(alice)
      .getByRole('radio', { name: /^Replace/ })
      .check();
    await press(alice, 'Preview');
    await modal(alice).getByText('mTLS off (3)').waitFor();
    await alice.picture('bind-empty');
    await narrow(alice.page);
    await modal(alice).getByRole('button', { name: 'Back to the hostnames' }).click();
    await modal(alice)
      .getByRole('radio', { name: /^Replace/ })
      .waitFor();
    expect(
      await modal(alice)
        .getByRole('radio', { name: /^Replace/ })
        .isChecked(),
    ).toBe(true);
    await press(alice, 'Preview');
    await modal(alice)
      .getByRole('checkbox', { name: /^Switch mTLS off for 3 hostnames/ })
      .check();
    await modal(alice).getByRole('textbox', { name: /^Why/ }).fill('The service is gone.');
    await press(alice, 'Confirm');
    await modal(alice).getByText('A second person is asked.').waitFor();
    await press(alice, 'Close');

    await bob.goTo('mtls-approvals');
    const card = bob.lasting('Take 3 hostnames away from Managed authority');
    await card.getByRole('button', { name: /^Approve/ }).waitFor();
    await bob.picture('bind-card');
    await narrow(bob.page);
    await card.getByRole('button', { name: /^Approve/ }).click();
    await bob.page.getByRole('alertdialog').getByRole('button', { name: 'Approve' }).click();
    await card.getByText(/Approved by/).waitFor();
    await alice.lasting('has no hostname of example.com now').waitFor();
    await alice.picture('bind-dm');
    expect(await bound()).toEqual([]);
    expect(faults).toEqual([]);
  });
});
