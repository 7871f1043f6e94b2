import { readFile } from 'node:fs/promises';
import { App, LogLevel } from '@slack/bolt';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSandbox } from '../../../sandbox/server/sandbox.ts';
import { describeWith } from '../../support/tools.ts';
import { launchBrowser } from './support.ts';

const CSR = '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n';
const plain = (text: string) => ({ type: 'plain_text' as const, text });

describeWith('chromium', 'a file, there and back, through the real sandbox and a Bolt app', ({ chromium }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium);
  });
  afterAll(() => browser?.close());

  it('is chosen in a modal, read by the bot, sent back, and downloaded by its owner alone', async () => {
    await using sandbox = await startSandbox();
    const app = new App({
      token: sandbox.botToken,
      appToken: sandbox.appToken,
      socketMode: true,
      logLevel: LogLevel.ERROR,
      clientOptions: { slackApiUrl: sandbox.apiUrl, retryConfig: { retries: 0 } },
    });
    app.command('/mtls', async ({ ack, body, client }) => {
      await ack();
      const element = { type: 'file_input' as const, action_id: 'file', filetypes: ['csr'], max_files: 1 };
      const blocks = [{ type: 'input' as const, block_id: 'csr', label: plain('CSR file'), element }];
      const view = {
        type: 'modal' as const,
        callback_id: 'm',
        title: plain('Issue'),
        submit: plain('Issue it'),
        blocks,
      };
      await client.views.open({ trigger_id: body.trigger_id, view });
    });
    app.view('m', async ({ ack, view, body, client }) => {
      await ack();
      const chosen = view.state.values['csr']?.['file']?.files?.[0];
      const headers = { authorization: `Bearer ${sandbox.botToken}` };
      const bytes = Buffer.from(await (await fetch(String(chosen?.url_private_download), { headers })).arrayBuffer());
      const { channel } = await client.conversations.open({ users: body.user.id });
      const sent = Buffer.concat([Buffer.from('Got: '), bytes]);
      await client.filesUploadV2({ channel_id: String(channel?.id), file: sent, filename: 'answer.txt' });
    });
    await app.start();
    const context = await browser.newContext({ acceptDownloads: true });
    try {
      const page = await context.newPage();
      await page.goto(`${sandbox.pageUrl}&as=U0ALICE`);
      await page.getByRole('combobox', { name: 'Message to countersign' }).fill('/mtls issue');
      await page.keyboard.press('Enter');
      const field = page.getByLabel('CSR file');
      await field.setInputFiles({ name: 'device 1.csr', mimeType: '', buffer: Buffer.from(CSR) });
      await page.getByRole('button', { name: 'Remove device 1.csr' }).waitFor();
      await page.getByRole('button', { name: 'Issue it' }).click();
      const link = page.getByRole('link', { name: `Download answer.txt, ${CSR.length + 5} bytes` });
      const arrived = page.waitForEvent('download');
      await link.click();
      expect(await readFile(await (await arrived).path(), 'utf8')).toBe(`Got: ${CSR}`);
      const address = String(await link.getAttribute('href'));

      // With the same cookie, but at eve's window, the file is not there.
      const eve = await context.newPage();
      await eve.goto(`${sandbox.url}/?as=U0EVE`);
      await eve.getByRole('combobox', { name: 'Message to countersign' }).waitFor();
      expect(await eve.getByText('answer.txt').count()).toBe(0);
      const refused = await eve.request.get(`${sandbox.url}${address.replace(/client=.*/, 'client=guessed')}`);
      expect(refused.status()).toBe(404);
    } finally {
      await context.close();
      await app.stop();
    }
  });
});
