import { hash } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Site, UploadedAuthority } from '../../core/store/rows.ts';
import { makeOpenSslRoot, type OpenSslRoot } from '../fixtures/ca/roots.ts';
import { startCrlServer } from '../support/crl-server.ts';
import { ACCOUNT, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';
import { anUploaded } from '../support/uploading.ts';
import { launchBrowser, narrow } from './page/support.ts';
import { type Desk, sitDown } from './story/desk.ts';

const CHAPTER_MS = 120_000;

describeWith(
  ['chromium', 'openssl', 'redisServer'],
  'the CRL and the blocks of a custom CA in front of browsers',
  ({ chromium, openssl }) => {
    const faults: string[] = [];
    let browser: Browser;
    let stack: Stack;
    let alice: Desk;
    let bob: Desk;
    let root: OpenSslRoot;
    let partner: UploadedAuthority;

    beforeAll(async () => {
      root = await makeOpenSslRoot(openssl);
      stack = await startStack({ env: { CRL_FETCH_PRIVATE: 'true' } });
      await stack.setUp();
      const [site] = (await stack.store.sites(ACCOUNT)) as [Site];
      partner = await anUploaded(stack.store, site, {
        name: 'Partner Root',
        set: { certificate: root.der, fingerprint: hash('sha256', root.der) },
      });
      browser = await launchBrowser(chromium);
      alice = await sitDown(browser, stack.sandbox.pageUrl, 'U0ALICE', faults);
      bob = await sitDown(browser, stack.sandbox.pageUrl, 'U0BOB', faults);
    }, CHAPTER_MS);

    afterAll(async () => {
      await browser?.close();
      await stack?.[Symbol.asyncDispose]();
      await root?.[Symbol.asyncDispose]();
    });

    const modal = (desk: Desk, name: string) => desk.page.getByRole('dialog', { name, exact: true });
    const press = (desk: Desk, title: string, name: string | RegExp) =>
      modal(desk, title).getByRole('button', { name, exact: true }).last().click();

    it('alice gives its address, and what comes from there is in force', { timeout: CHAPTER_MS }, async () => {
      const crl = await root.crl({ revoked: [{ serial: '0A' }, { serial: '0B' }], number: '1F' });
      let answer: Buffer | undefined;
      await using server = await startCrlServer((_request, response) => {
        if (answer) response.end(answer);
        else response.writeHead(404).end();
      });
      await alice.say('/mtls ca show Partner Root');
      await modal(alice, 'CA Certificate').getByText('There is no CRL').waitFor();
      await alice.picture('custom-ca-before');
      await narrow(alice.page);
      await press(alice, 'CA Certificate', 'Change where the CRL of Partner Root comes from');
      const form = modal(alice, 'CRL of a Custom CA');
      await form.getByRole('textbox', { name: /^Address/ }).fill(server.url);
      await alice.picture('ca-crl');
      await narrow(alice.page);
      await press(alice, 'CRL of a Custom CA', 'Take');
      await form.getByText('The server answers 404 instead of the CRL.').waitFor();
      await press(alice, 'CRL of a Custom CA', 'Close');

      answer = crl;
      await press(alice, 'CA Certificate', 'Change where the CRL of Partner Root comes from');
      await form.getByRole('textbox', { name: /^Address/ }).fill(server.url);
      await press(alice, 'CRL of a Custom CA', 'Take');
      await form.getByText('it revokes 2 certificates (2 new, 0 not listed any more), number 31').waitFor();
      await alice.picture('ca-crl-taken');
      await press(alice, 'CRL of a Custom CA', 'Close');
      // What lies below is drawn anew.
      await modal(alice, 'CA Certificate').getByText('The CRL revokes 2 certificates').waitFor();
      await alice.picture('custom-ca');
      await narrow(alice.page);
      expect(await stack.store.uploadedCrl(partner.id)).toMatchObject({ url: server.url, entries: 2, number: '31' });

      await press(alice, 'CA Certificate', 'Change where the CRL of Partner Root comes from');
      await form.getByRole('radio', { name: /^Given here/ }).check();
      await form.getByRole('textbox', { name: /^CRL/ }).waitFor();
      await alice.picture('ca-crl-given');
      await narrow(alice.page);
      await press(alice, 'CRL of a Custom CA', 'Cancel');
    });

    it('alice blocks a certificate; bob agrees that the block is lifted', { timeout: CHAPTER_MS }, async () => {
      await press(alice, 'CA Certificate', 'Block a certificate of Partner Root, or lift a block');
      const form = modal(alice, 'Block a Certificate');
      await form.getByRole('textbox', { name: /^Serial Number/ }).fill('serial=0C1D');
      await form.getByRole('textbox', { name: /^Why/ }).fill('The laptop is lost.');
      await press(alice, 'Block a Certificate', 'Block');
      await form.getByText('0c:1d').waitFor();
      await press(alice, 'Block a Certificate', 'Close');
      await modal(alice, 'CA Certificate').getByText('Blocked: 1 certificate.').waitFor();

      await press(alice, 'CA Certificate', 'Block a certificate of Partner Root, or lift a block');
      await form.getByText('The laptop is lost.').waitFor();
      await alice.picture('ca-block');
      await narrow(alice.page);
      await press(alice, 'Block a Certificate', 'Lift the block of serial number 0c:1d');
      const lift = modal(alice, 'Lift a Block');
      await lift.getByRole('textbox', { name: /^Why/ }).fill('It is found.');
      await alice.picture('ca-lift');
      await narrow(alice.page);
      await press(alice, 'Lift a Block', 'Lift');
      await lift.getByText('A second person is asked.').waitFor();

      await bob.goTo('mtls-approvals');
      const card = bob.lasting('Lift the block of a certificate of Partner Root');
      await card.getByRole('button', { name: /^Approve/ }).waitFor();
      await bob.picture('ca-lift-card');
      await narrow(bob.page);
      await card.getByRole('button', { name: /^Approve/ }).click();
      await bob.page.getByRole('alertdialog').getByRole('button', { name: 'Approve' }).click();
      await card.getByText(/Approved by/).waitFor();
      await alice.lasting('is lifted').waitFor({ state: 'attached' });
      expect(await stack.store.countBlocks(partner.id)).toBe(0);
      expect(faults).toEqual([]);
    });
  },
);
