import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { insert, raise } from '../../core/store/plan.ts';
import type { Rule } from '../../core/store/rows.ts';
import { ACCOUNT, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';
import { launchBrowser, narrow } from './page/support.ts';
import { type Desk, sitDown } from './story/desk.ts';

const CHAPTER_MS = 120_000;
const MTLS = 'http.host eq "api.example.com" and not tls_client_auth.cert_verified';

describeWith(['chromium', 'redisServer'], 'rules in front of browsers', ({ chromium }) => {
  const faults: string[] = [];
  let browser: Browser;
  let stack: Stack;
  let ada: Desk;
  let bob: Desk;

  beforeAll(async () => {
    stack = await startStack();
    await stack.setUp();
    const hourAt = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
    const hostname = 'api.example.com';
    await stack.store.commit([
      raise('hostUsage', {
        id: 'x',
        accountId: ACCOUNT,
        hostname,
        hourAt,
        verified: 1_200,
        unverified: 37,
        blocked: 0,
      }),
    ]);
    browser = await launchBrowser(chromium);
    ada = await sitDown(browser, stack.sandbox.pageUrl, 'U0ADA', faults);
    bob = await sitDown(browser, stack.sandbox.pageUrl, 'U0BOB', faults);
  }, CHAPTER_MS);

  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  const modal = (desk: Desk, name: string) => desk.page.getByRole('dialog', { name, exact: true });
  const press = (desk: Desk, name: string, label: string) =>
    modal(desk, name).getByRole('button', { name: label, exact: true }).last().click();

  async function rules(): Promise<Rule[]> {
    const site = (await stack.store.sites(ACCOUNT)).find(({ name }) => name === 'example.com');
    return stack.store.rules(site?.id ?? '');
  }

  it('ada makes a rule in a form, sees what it would have done, and switches it on', {
    timeout: CHAPTER_MS,
  }, async () => {
    await ada.say('/mtls waf list');
    const none = ada.whisper('No rule for');
    await none.getByRole('button', { name: /^New rule/ }).waitFor();
    await ada.picture('waf-none');
    await none.getByRole('button', { name: /^New rule/ }).click();
    const form = modal(ada, 'New WAF rule');
    await form.getByRole('textbox', { name: /^Rule Name/ }).fill('api needs a certificate');
    await form.getByRole('combobox', { name: /^Hostname/ }).fill('api.example.com');
    await form.getByRole('option', { name: 'api.example.com' }).click();
    await form.getByText(MTLS).waitFor();
    await form.getByRole('combobox', { name: /^Hostname/ }).press('Escape');
    await ada.picture('waf-form');
    await narrow(ada.page);

    await form.getByRole('textbox', { name: /^Further conditions/ }).fill('htp.host eq "a"');
    await press(ada, 'New WAF rule', 'Preview');
    await form.getByText(/column 1: there is no field htp\.host/).waitFor();
    await ada.picture('waf-errors');
    await form.getByRole('textbox', { name: /^Further conditions/ }).fill('');
    await press(ada, 'New WAF rule', 'Preview');
    const preview = modal(ada, 'WAF rule');
    await preview.getByText('it would have denied 37').waitFor();
    await ada.picture('waf-preview');
    await narrow(ada.page);
    await press(ada, 'WAF rule', 'Save');
    await preview.getByText(/was made for example\.com\. Its number is \d+, and it is on/).waitFor();
    await ada.picture('waf-saved');
    await press(ada, 'WAF rule', 'Close');
    expect(await rules()).toMatchObject([{ name: 'api needs a certificate', expression: MTLS, status: 'on' }]);
  });

  it('a rule for every request is asked about, and insisted upon', { timeout: CHAPTER_MS }, async () => {
    await ada.say('/mtls waf add');
    const form = modal(ada, 'New WAF rule');
    await form.getByRole('textbox', { name: /^Rule Name/ }).fill('everywhere');
    await form.getByRole('radio', { name: /^Expression/ }).check();
    await form.getByRole('textbox', { name: /^Expression/ }).fill('tls_client_auth.cert_revoked');
    await ada.picture('waf-expression');
    await narrow(ada.page);
    await press(ada, 'New WAF rule', 'Preview');
    const preview = modal(ada, 'WAF rule');
    await preview.getByText(/names no hostname, so it would concern every request/).waitFor();
    await press(ada, 'WAF rule', 'Save');
    await preview.getByText('Error:').waitFor();
    await ada.picture('waf-insist');
    await narrow(ada.page);
    await preview.getByRole('checkbox', { name: /^I insist/ }).check();
    await preview.getByRole('radio', { name: /^Off/ }).check();
    await press(ada, 'WAF rule', 'Save');
    await preview.getByText(/and it is off/).waitFor();
    await press(ada, 'WAF rule', 'Close');
  });

  it('a made-up request is explained', { timeout: CHAPTER_MS }, async () => {
    await ada.say('/mtls waf test api.example.com');
    const form = modal(ada, 'Test a request');
    await form.getByRole('textbox', { name: /^URL/ }).waitFor();
    await ada.picture('waf-test');
    await narrow(ada.page);
    await press(ada, 'Test a request', 'Test');
    await form.getByText('Denied with 403').waitFor();
    await ada.picture('waf-test-answer');
    await narrow(ada.page);
    await press(ada, 'Test a request', 'Close');
  });

  it('bob approves that a rule is switched off, with the rule on his card', { timeout: CHAPTER_MS }, async () => {
    await ada.say('/mtls waf list');
    const list = ada.whisper('Rules of');
    await list.getByText('api needs a certificate').waitFor();
    await ada.picture('waf-list');
    await narrow(ada.page);
    const [rule] = await rules();
    await ada.say(`/mtls waf disable ${rule?.number}`);
    await ada.whisper('A second person is asked').waitFor();
    await bob.goTo('mtls-approvals');
    const card = bob.lasting('Switch off the rule api needs a certificate');
    await card.getByText(MTLS).waitFor();
    await bob.picture('waf-card');
    await narrow(bob.page);
    await card.getByRole('button', { name: /^Approve/ }).click();
    await bob.page.getByRole('alertdialog').getByRole('button', { name: 'Approve' }).click();
    await card.getByText(/Approved by/).waitFor();
    await ada.lasting('was changed. It is off').waitFor();
    await ada.picture('waf-dm');
    expect((await rules())[0]?.status).toBe('off');
    await ada.say(`/mtls waf enable ${rule?.number}`);
    await modal(ada, 'WAF rule').getByText('it would have denied 37').waitFor();
    await press(ada, 'WAF rule', 'Switch on');
    await modal(ada, 'WAF rule')
      .getByText(/It is on/)
      .waitFor();
    expect(faults).toEqual([]);
  });

  it('a rule that an edge cannot enforce is on once ada accepts that it is left out there', {
    timeout: CHAPTER_MS,
  }, async () => {
    const at = new Date();
    const edge = { id: 'edge-1', accountId: ACCOUNT, name: 'berlin-1', kind: 'nginx', state: 'active' } as const;
    const limits = { reason: 'this nginx was built without auth_request', hostnames: ['api.example.com'] };
    const known = { createdBy: 'U0ADA', createdAt: at, shownAt: at, endedAt: null, requestId: null, version: 1 };
    const state = { epoch: 1, snapshot: 1, appliedAt: at, waiting: null, lastSeenAt: at, software: 'agent of nginx' };
    await stack.store.commit([
      insert('edges', { ...edge, ...known, credentialHash: null, pin: null }),
      raise('edgeStates', {
        id: edge.id,
        accountId: ACCOUNT,
        ...state,
        problems: [],
        inexpressible: [],
        limits,
        proof: null,
      }),
    ]);
    await press(ada, 'WAF rule', 'Close');
    await ada.say('/mtls waf add api.example.com');
    const form = modal(ada, 'New WAF rule');
    await form.getByRole('textbox', { name: /^Rule Name/ }).fill('no posts');
    await form.getByRole('textbox', { name: /^Further conditions/ }).fill('http.request.method eq "POST"');
    await press(ada, 'New WAF rule', 'Preview');
    const preview = modal(ada, 'WAF rule');
    await preview.getByText('It cannot be enforced everywhere').waitFor();
    await preview.getByRole('radio', { name: /^On/ }).check();
    await press(ada, 'WAF rule', 'Save');
    await preview.getByText('Tick the box, or choose Off.').waitFor();
    await ada.picture('waf-gap');
    await narrow(ada.page);
    await preview.getByRole('checkbox', { name: /^I accept/ }).check();
    await press(ada, 'WAF rule', 'Save');
    await preview.getByText(/and it is on/).waitFor();
    await press(ada, 'WAF rule', 'Close');
    await ada.say('/mtls waf list');
    await ada.whisper('Not enforced by berlin-1, as accepted.').waitFor();
    await ada.picture('waf-gap-list');
    await ada.say('/mtls edge list');
    const edges = modal(ada, 'Edges');
    await edges.getByText('this nginx was built without auth_request.').waitFor();
    await ada.picture('waf-gap-edges');
    await press(ada, 'Edges', 'Close');
    expect(faults).toEqual([]);
  });
});
