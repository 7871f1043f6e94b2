import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../support/tools.ts';
import * as made from './scenes.ts';
import { launchBrowser, namelessControls, PHONE, smallTargets, visit, weakContrasts } from './support.ts';

const AUDIT = {
  id: 'F0AUDIT',
  name: 'audit-2026-05.jsonl',
  title: 'Audit of May',
  sizeBytes: 1_540_000,
  kind: 'Plain Text',
};
const LONG = {
  ...AUDIT,
  id: 'F0LONG',
  name: `${'long'.repeat(30)}.pem`,
  title: `${'long'.repeat(30)}.pem`,
  sizeBytes: 900,
};

describeWith('chromium', 'a message with files', ({ chromium }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium);
  });
  afterAll(() => browser?.close());

  const scene = () =>
    made.scene({
      conversations: [made.dm([made.message(made.at(60), made.BOT, '', { files: [AUDIT, LONG] })])],
    });

  it('shows name, kind and size, and a link that the keyboard reaches', async () => {
    await using visiting = await visit(browser, scene());
    const { page } = visiting;
    const item = page.getByRole('listitem').filter({ hasText: 'Audit of May' }).last();
    expect(await item.textContent()).toContain('audit-2026-05.jsonl · Plain Text · 1.5 MB');
    const link = page.getByRole('link', { name: 'Download Audit of May, 1.5 MB' });
    expect(await link.getAttribute('href')).toBe('/page/file/F0AUDIT?client=client-1');
    expect(await link.getAttribute('download')).toBe('audit-2026-05.jsonl');
    await link.focus();
    expect(await page.evaluate('document.activeElement.download')).toBe('audit-2026-05.jsonl');
    const download = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    expect((await download).suggestedFilename()).toBe('audit-2026-05.jsonl');
    expect(await namelessControls(page)).toEqual([]);
    expect(await weakContrasts(page)).toEqual([]);
  });

  it('is read aloud when it comes, and a long name does not widen a phone', async () => {
    await using visiting = await visit(browser, made.scene({ conversations: [made.dm()] }), {
      viewport: PHONE,
      path: '/?as=U0ALICE#D0BOT',
    });
    const { page, server } = visiting;
    server.show(scene());
    await page.getByText('countersign: With the files audit-2026-05.jsonl').waitFor({ state: 'attached' });
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await page.evaluate("document.querySelector('#messages').scrollWidth <= innerWidth")).toBe(true);
    expect(await smallTargets(page)).toEqual([]);
  });
});
