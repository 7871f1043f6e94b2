import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeApi } from '../../api/app.ts';
import { loadConfig } from '../../core/config/config.ts';
import { silentLogger } from '../../core/logger.ts';
import { update } from '../../core/store/plan.ts';
import type { Certificate } from '../../core/store/rows.ts';
import { apiEnvironment } from '../support/api-env.ts';
import { awayRedis } from '../support/away-redis.ts';
import { describeWith } from '../support/tools.ts';
import { ACCOUNT, startWorkerRig, type WorkerRig } from '../support/worker-rig.ts';
import { DESKTOP, launchBrowser, namelessControls, PHONE } from './page/support.ts';

/** An account whose keys are delivered by a link, and the api that serves the page. */
async function startDelivery() {
  const rig = await startWorkerRig();
  const account = await rig.store.account(ACCOUNT);
  if (!account) throw new Error('no account');
  await rig.store.commit([update('accounts', account, { keyDelivery: 'link' })]);
  const { config } = loadConfig('api', apiEnvironment(rig.keys));
  const { store, clock, jobDeps } = rig;
  const rest = { announce: jobDeps.announce, redis: awayRedis(), makeKeyPair: jobDeps.makeKeyPair };
  const api = makeApi({ config, keys: {}, store, clock, logger: silentLogger, ...rest });
  const { port } = await api.start();
  const origin = `http://127.0.0.1:${port}`;

  return {
    rig,
    origin,
    /** alice asks and presses Show once; the address of the page, at this api. */
    async show(): Promise<{ url: string; certificate: Certificate; issueId: string }> {
      const issue = await rig.recordIssue();
      await rig.settle();
      await rig.recordShow(issue);
      await rig.settle();
      const [certificate] = await rig.store.certificatesOfRequest(issue.id);
      const link = linkIn(rig);
      if (!certificate || link === undefined) throw new Error('nothing was shown');
      return { url: link.replace('https://mtls.example.com', origin), certificate, issueId: issue.id };
    },
    async [Symbol.asyncDispose]() {
      await api.stop();
      await rig[Symbol.asyncDispose]();
    },
  };
}

function linkIn(rig: WorkerRig): string | undefined {
  const shown = JSON.stringify(rig.alice.ephemerals(rig.alice.dm).at(-1)?.blocks ?? []);
  return /https:\/\/mtls\.example\.com\/reveal\/[\w-]{36}#[\w-]{43}/.exec(shown)?.[0];
}

const openPath = (url: string) => `${url.split('#')[0]}/open`;
const post = (url: string, headers: Record<string, string> = {}) => fetch(url, { method: 'POST', headers });

describe('a link to a private key', () => {
  it('passes no key through Slack and leaves none in the database', async () => {
    await using delivery = await startDelivery();
    const { certificate, url } = await delivery.show();
    const seen = JSON.stringify(delivery.rig.alice.ephemerals(delivery.rig.alice.dm));
    expect(seen).not.toContain('PRIVATE KEY');
    const key = Buffer.from(url.split('#')[1] ?? '', 'base64url');
    const database = readFileSync(delivery.rig.store.path);
    for (const secret of [key, Buffer.from(key.toString('base64url')), Buffer.from('PRIVATE KEY')]) {
      expect(database.includes(secret)).toBe(false);
    }
    expect(certificate.state).toBe('active');
  });

  it('gives a preview bot nothing and is not used up by one; whatever is fetched is kept by nobody', async () => {
    await using delivery = await startDelivery();
    const { url } = await delivery.show();
    const [address = ''] = url.split('#');
    for (const method of ['GET', 'HEAD']) {
      const page = await fetch(address, { method, headers: { 'user-agent': 'Slackbot-LinkExpanding 1.0' } });
      expect(page.status).toBe(200);
      expect(page.headers.get('cache-control')).toBe('no-store');
      expect(page.headers.get('referrer-policy')).toBe('no-referrer');
      expect(page.headers.get('x-robots-tag')).toContain('noindex');
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    }
    expect((await fetch(openPath(url))).status).toBe(405);
    expect((await post(openPath(url))).status).toBe(200);
  });

  it('opens once, however many click at the same instant', async () => {
    await using delivery = await startDelivery();
    const { url } = await delivery.show();
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(openPath(url))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(9);
  });

  it('cannot be used up by a page of somebody else', async () => {
    await using delivery = await startDelivery();
    const { url } = await delivery.show();
    expect((await post(openPath(url), { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await post(openPath(url), { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  it('that was opened is erased, and the audit says so', async () => {
    await using delivery = await startDelivery();
    const { url } = await delivery.show();
    const { rig } = delivery;
    expect((await post(openPath(url))).status).toBe(200);
    await rig.settle();
    expect(await rig.store.liveReveals(10)).toEqual([]);
    const chain = await rig.store.auditChain(ACCOUNT, 0, 100);
    expect(chain.filter(({ action }) => action === 'certificate.opened')).toHaveLength(1);
  });

  it('that nobody opens within 15 minutes is gone, its certificate is revoked, and alice is told', async () => {
    await using delivery = await startDelivery();
    const { url, certificate } = await delivery.show();
    const { rig } = delivery;
    rig.clock.advance(15 * 60_000);
    expect((await post(openPath(url))).status).toBe(404);
    await rig.settle();
    expect(await rig.store.liveReveals(10)).toEqual([]);
    expect(await rig.store.certificate(certificate.id)).toMatchObject({
      state: 'revoked',
      revocationReason: 'superseded',
    });
    expect(rig.alice.messages(rig.alice.dm).at(-1)?.text).toContain('was not opened within 15 minutes');
  });

  it('that never existed reads like one that is gone', async () => {
    await using delivery = await startDelivery();
    const { url } = await delivery.show();
    await post(openPath(url));
    const gone = await (await post(openPath(url))).json();
    const never = await (await post(`${delivery.origin}/reveal/${crypto.randomUUID()}/open`)).json();
    expect(never).toEqual(gone);
  });

  it('whose key did not arrive can be reported: the old link is dead and a new one comes', async () => {
    await using delivery = await startDelivery();
    const { rig } = delivery;
    const { url, certificate, issueId } = await delivery.show();
    const issue = await rig.store.request(issueId);
    if (!issue) throw new Error('no request');
    await rig.recordShow(issue, certificate.id);
    await rig.settle();
    const renewed = linkIn(rig)?.replace('https://mtls.example.com', delivery.origin) ?? '';
    expect(renewed).not.toBe(url);
    expect((await rig.store.certificate(certificate.id))?.state).toBe('revoked');
    expect((await post(openPath(url))).status).toBe(404);
    expect((await post(openPath(renewed))).status).toBe(200);
  });
});

describeWith(['chromium', 'openssl'], 'the page of a link', ({ chromium, openssl }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium);
  });
  afterAll(() => browser.close());

  async function withPage(viewport: typeof DESKTOP, use: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext({ viewport, acceptDownloads: true, locale: 'en-GB' });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text());
    });
    await use(page);
    await context.close();
    expect(faults).toEqual([]);
  }

  const saved = async (page: Page, name: string): Promise<Buffer> => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name, exact: true }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(name.replace('Save ', ''));
    return readFileSync(await download.path());
  };

  it.each([
    ['a desktop', DESKTOP],
    ['a phone', PHONE],
  ])('shows the key once on %s, to copy and to save', async (_, viewport) => {
    await using delivery = await startDelivery();
    const { url, certificate } = await delivery.show();
    await withPage(viewport, async (page) => {
      await page.goto(url);
      await page.getByRole('button', { name: 'Open the key' }).click();
      await page.getByRole('heading', { name: 'alice-laptop for example.com' }).waitFor();
      // Nothing of the link is left in the address bar.
      expect(page.url()).not.toContain('#');
      const key = (await saved(page, 'Save alice-laptop.key')).toString();
      const pem = (await saved(page, 'Save alice-laptop.crt')).toString();
      const leaf = new X509Certificate(pem);
      expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true);
      expect(leaf.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(certificate.fingerprint);
      const authority = new X509Certificate(await saved(page, 'Save alice-laptop-ca.crt'));
      expect(leaf.checkIssued(authority)).toBe(true);
      expect(await namelessControls(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);

      await page.reload();
      await page.getByText('This link is not whole').waitFor();
      await page.goto(url);
      await page.getByRole('button', { name: 'Open the key' }).click();
      await page.getByText('has been opened already or has expired').waitFor();
    });
  });

  it('makes a PKCS #12 file with a password of its reader', async () => {
    await using delivery = await startDelivery();
    const { url } = await delivery.show();
    await withPage(DESKTOP, async (page) => {
      await page.goto(url);
      await page.getByRole('button', { name: 'Open the key' }).click();
      await page.getByLabel('Password of the file').fill('short');
      await page.getByRole('button', { name: 'Save alice-laptop.p12' }).click();
      await page.getByText('at least 8 characters').waitFor();
      await page.getByLabel('Password of the file').fill('correct horse battery');
      for (const kind of ['modern', 'compatible']) {
        await page.getByLabel('Kind').selectOption(kind);
        const file = await saved(page, 'Save alice-laptop.p12');
        const args = ['pkcs12', '-passin', 'pass:correct horse battery', '-nodes'];
        const opened = execFileSync(openssl, [...args, ...(kind === 'compatible' ? ['-legacy'] : [])], { input: file });
        expect(opened.toString()).toContain('friendlyName: alice-laptop');
        expect(opened.toString().match(/BEGIN (CERTIFICATE|PRIVATE KEY)/g)).toHaveLength(3);
      }
    });
  });
});
