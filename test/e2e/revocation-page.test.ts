import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toPem } from '../../core/ca/certificate.ts';
import { askForCertificate, pressShowOnce, untilShown } from '../support/acts.ts';
import { ACCOUNT, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';
import { launchBrowser, narrow } from './page/support.ts';
import { type Desk, sitDown } from './story/desk.ts';

const CHAPTER_MS = 120_000;

describeWith(
  ['chromium', 'redisServer', 'openssl'],
  'a revocation in front of browsers, from the list to OpenSSL',
  ({ chromium, openssl }) => {
    const faults: string[] = [];
    let browser: Browser;
    let stack: Stack;
    let alice: Desk;
    let bob: Desk;
    let leaf: string;

    beforeAll(async () => {
      stack = await startStack({ api: true });
      await stack.setUp();
      leaf = await issue('device-1');
      await issue('device-2');
      browser = await launchBrowser(chromium);
      alice = await sit('U0ALICE');
      bob = await sit('U0BOB');
    }, CHAPTER_MS);

    afterAll(async () => {
      await browser?.close();
      await stack?.[Symbol.asyncDispose]();
    });

    const sit = (userId: string) => sitDown(browser, stack.sandbox.pageUrl, userId, faults);
    const modal = (desk: Desk, name: string) => desk.page.getByRole('dialog', { name, exact: true });

    it('is good by CRL and OCSP before', { timeout: CHAPTER_MS }, async () => {
      await expect.poll(() => crlCheck(), { timeout: 15_000 }).toContain('OK');
      expect(ocsp()).toContain('good');
    });

    it('alice finds it in the list and revokes it; the list below shows it, filter kept', {
      timeout: CHAPTER_MS,
    }, async () => {
      await alice.say('/mtls list device');
      const list = modal(alice, 'Certificates');
      await list.getByRole('combobox', { name: 'State' }).selectOption('Any state');
      await list.getByRole('button', { name: 'Search', exact: true }).click();
      await list.getByText('This shows').waitFor();
      await alice.picture('list');
      await list.getByRole('button', { name: 'Details of device-1 for example.com' }).click();
      const details = modal(alice, 'Certificate');
      await details.getByRole('button', { name: 'Revoke device-1' }).waitFor();
      await alice.picture('details');
      await details.getByRole('button', { name: 'Revoke device-1' }).click();

      const form = modal(alice, 'Revoke Certificate');
      await form.waitFor();
      await alice.picture('revoke');
      await form.getByRole('textbox', { name: 'Why' }).fill('The laptop was stolen.');
      await form.getByRole('combobox', { name: 'Reason' }).selectOption('Key leaked or device lost');
      await form.getByLabel('Since when?').waitFor();
      expect(await form.getByRole('textbox', { name: 'Why' }).inputValue()).toBe('The laptop was stolen.');
      expect(await form.getByRole('checkbox', { name: 'Suspend Now' }).isChecked()).toBe(true);
      await form.getByRole('checkbox', { name: /^I Have Confirmed/ }).check();
      await alice.picture('revoke-leaked');
      await narrow(alice.page);
      await form.getByRole('button', { name: 'Revoke', exact: true }).click();
      await form.getByRole('button', { name: 'Revoke', exact: true }).waitFor({ state: 'detached' });
      await form.getByText('A second person is asked.').waitFor();
      await alice.picture('revoke-recorded');
      await form.getByRole('button', { name: 'Close' }).last().click();
      await modal(alice, 'Certificate').getByText('Suspended').first().waitFor();
      await alice.picture('details-suspended');
      await modal(alice, 'Certificate').getByRole('button', { name: 'Close' }).last().click();
      await list.getByText(/‖ Suspended/).waitFor();
      expect(await list.getByRole('combobox', { name: 'State' }).locator('option:checked').textContent()).toBe(
        'Any state',
      );
      expect(await list.getByRole('textbox', { name: 'Search' }).inputValue()).toBe('device');
      await alice.picture('list-suspended');
      await list.getByRole('button', { name: 'Close' }).last().click();
      expect(ocsp()).toMatch(/revoked[\s\S]*certificateHold/);
      const dm = alice.lasting('You asked to revoke device-1');
      await dm.getByText('Waiting for a decision').waitFor();
      await alice.picture('dm-pending');
    });

    it('eve, who is not asked, sees no card', { timeout: CHAPTER_MS }, async () => {
      const eve = await sit('U0EVE');
      expect(await eve.page.getByRole('link', { name: 'mtls-approvals' }).count()).toBe(0);
      await eve.leave();
    });

    it('bob approves it with the keyboard alone; the card says who and has no buttons', {
      timeout: CHAPTER_MS,
    }, async () => {
      await bob.goTo('mtls-approvals');
      const card = bob.lasting('Revoke device-1 for example.com');
      await card.getByRole('button', { name: /^Approve/ }).waitFor();
      await bob.picture('card');
      await narrow(bob.page);
      await card.getByRole('button', { name: /^Details/ }).focus();
      await bob.page.keyboard.press('Enter');
      const details = modal(bob, 'Details');
      await details.getByText('SHA-256 of what is approved').waitFor();
      await bob.picture('card-details');
      await bob.page.keyboard.press('Escape');
      await details.waitFor({ state: 'detached' });

      await card.getByRole('button', { name: /^Approve/ }).focus();
      await bob.page.keyboard.press('Enter');
      const sure = bob.page.getByRole('alertdialog', { name: 'Approve this?' });
      await sure.waitFor();
      await bob.picture('card-confirm');
      await bob.page.keyboard.press('Tab');
      await bob.page.keyboard.press('Enter');
      await card.getByText(/Approved by/).waitFor();
      await expect.poll(() => card.getByRole('button', { name: /^(Approve|Deny|Details)/ }).count()).toBe(0);
      await bob.picture('card-approved');
    });

    it('alice reads that it is in effect, and OpenSSL refuses it', { timeout: CHAPTER_MS }, async () => {
      const dm = alice.lasting('You asked to revoke device-1');
      await dm.getByText(/Approved by/).waitFor();
      await dm.getByText('is revoked: Key leaked or device lost.').waitFor();
      await dm.getByText('In effect:').waitFor();
      await alice.picture('dm-in-effect');
      expect(await crlCheck()).toContain('certificate revoked');
      expect(ocsp()).toMatch(/revoked[\s\S]*keyCompromise/);
    });

    it('bob denies another with a reason, and a release that he approves ends the suspension', {
      timeout: CHAPTER_MS,
    }, async () => {
      await alice.say('/mtls revoke device-2');
      const form = modal(alice, 'Revoke Certificate');
      await form.getByRole('combobox', { name: 'Reason' }).selectOption('Key leaked or device lost');
      await form.getByLabel('Since when?').waitFor();
      await form.getByRole('checkbox', { name: /^I Have Confirmed/ }).check();
      await form.getByRole('button', { name: 'Revoke', exact: true }).click();
      await form.getByRole('button', { name: 'Revoke', exact: true }).waitFor({ state: 'detached' });
      await form.getByRole('button', { name: 'Close' }).last().click();

      const card = bob.lasting('Revoke device-2 for example.com');
      await card.getByRole('button', { name: /^Deny/ }).click();
      const deny = modal(bob, 'Deny');
      await deny.getByRole('textbox', { name: 'Why' }).fill('It was found again.');
      await bob.picture('deny');
      await deny.getByRole('button', { name: 'Deny', exact: true }).click();
      await card.getByText(/Denied by .*It was found again/).waitFor();
      await bob.picture('card-denied');
      await bob.page.keyboard.press('Escape');

      const dm = alice.lasting('You asked to revoke device-2');
      await dm.getByText(/Denied by .*It was found again/).waitFor();
      await alice.picture('dm-denied');
      await dm.getByRole('button', { name: 'Release device-2' }).click();
      const release = modal(alice, 'Release Certificate');
      await release.getByRole('textbox', { name: 'Why it can be used again' }).fill('Found in the office.');
      await alice.picture('release');
      await release.getByRole('button', { name: 'Release', exact: true }).click();
      const asked = bob.lasting('Release the suspended certificate device-2');
      await asked.getByRole('button', { name: /^Approve/ }).click();
      await bob.page.getByRole('alertdialog').getByRole('button', { name: 'Approve' }).click();
      await asked.getByText(/Approved by/).waitFor();
      await alice
        .lasting('You asked to release device-2')
        .getByText(/Approved by/)
        .waitFor();
      expect(faults).toEqual([]);
    });

    async function issue(name: string): Promise<string> {
      await askForCertificate(stack.alice, { Name: name });
      await pressShowOnce(stack.alice, name);
      const { certificatePem } = await untilShown(stack.alice, name);
      const path = join(stack.folder, `${name}.pem`);
      writeFileSync(path, certificatePem);
      const [authority] = await stack.store.authorities(ACCOUNT);
      writeFileSync(join(stack.folder, 'authority.pem'), toPem(authority?.certificate as Buffer, 'CERTIFICATE'));
      return path;
    }

    const ask = (...args: string[]) => {
      const { stdout, stderr } = spawnSync(openssl, args);
      return `${stdout}${stderr}`;
    };
    const uri = (after: RegExp) => after.exec(ask('x509', '-in', leaf, '-noout', '-text'))?.[1] ?? '';

    /** What OpenSSL says of it with the CRL from where the certificate says it is. */
    async function crlCheck(): Promise<string> {
      const response = await fetch(uri(/CRL Distribution Points[\s\S]*?URI:(\S+)/));
      const crl = join(stack.folder, 'shard.crl');
      writeFileSync(crl, Buffer.from(await response.arrayBuffer()));
      const authority = join(stack.folder, 'authority.pem');
      return ask('verify', '-x509_strict', '-crl_check', '-CAfile', authority, '-CRLfile', crl, leaf);
    }

    function ocsp(): string {
      const authority = join(stack.folder, 'authority.pem');
      return ask('ocsp', '-issuer', authority, '-CAfile', authority, '-cert', leaf, '-url', uri(/OCSP - URI:(\S+)/));
    }
  },
);
