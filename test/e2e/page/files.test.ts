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

describeWith('chromium', 'a file field', ({ chromium }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium);
  });
  afterAll(() => browser?.close());

  const withField = (element: object = {}, more: object = {}) => {
    const plain = (text: string) => ({ type: 'plain_text', text });
    const block = {
      type: 'input',
      block_id: 'csr',
      label: plain('CSR file'),
      hint: plain('PEM or DER.'),
      element: { type: 'file_input', action_id: 'file', filetypes: ['csr', 'pem'], max_files: 1, ...element },
      ...more,
    };
    return made.scene({ modals: [made.openModal('V0CSR', 'Create Certificate', [block])] });
  };
  const chosen = (name: string, content = 'x') => ({ name, mimeType: '', buffer: Buffer.from(content) });

  it('sends the file at once and submits its id; the keyboard reaches all of it', async () => {
    await using visiting = await visit(browser, withField());
    const { page, server } = visiting;
    const field = page.getByLabel('CSR file');
    expect(await page.evaluate('document.activeElement.type')).toBe('file');
    expect(await field.getAttribute('accept')).toBe('.csr,.pem');
    expect(await field.getAttribute('multiple')).toBeNull();
    await field.setInputFiles(chosen('wrong.txt'));
    await page.getByText('wrong.txt is not a .csr or .pem file.').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await field.setInputFiles(chosen('first.csr', 'one'));
    await page.getByRole('button', { name: 'Remove first.csr' }).waitFor();
    expect(await page.getByText('wrong.txt').count()).toBe(0);
    // There may be one: another choice takes its place.
    await field.setInputFiles(chosen('second.PEM', 'second'));
    await page.getByText('second.PEM').first().waitFor();
    expect(await page.getByText('first.csr').count()).toBe(0);
    expect(server.uploads).toEqual([
      ['first.csr', 'one'],
      ['second.PEM', 'second'],
    ]);
    expect(await namelessControls(page)).toEqual([]);
    expect(await weakContrasts(page)).toEqual([]);
    await field.press('Tab');
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe('Remove second.PEM');
    await page.getByRole('button', { name: 'Create' }).click();
    expect((await server.nextAct('submit')).values).toMatchObject({
      csr: { file: { type: 'file_input', files: [{ id: 'F0SECONDPEM', name: 'second.PEM' }] } },
    });
  });

  it('is required unless optional, waits for a file on its way, and tells what the server refused', async () => {
    await using visiting = await visit(browser, withField(), { viewport: PHONE });
    const { page, server } = visiting;
    const submit = page.getByRole('button', { name: 'Create' });
    await submit.click();
    await page.getByText('Choose a file.').waitFor();
    let finish = () => {};
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    server.answer('upload', 413, () => slow.then(() => ({ problem: 'a.csr is larger than 10 MB.' })));
    await page.getByLabel('CSR file').setInputFiles(chosen('a.csr'));
    await page.getByText('Sending…').waitFor();
    await submit.click();
    await page.getByText('Wait until the file is here.').waitFor();
    finish();
    await page.getByText('a.csr is larger than 10 MB.').waitFor();
    expect(await page.getByText('Sending…').count()).toBe(0);
    expect(server.unseen('submit')).toBe(0);
    expect(await smallTargets(page)).toEqual([]);
  });

  it('takes several up to its limit, and gives one back', async () => {
    await using visiting = await visit(browser, withField({ max_files: 2, filetypes: undefined }));
    const { page, server } = visiting;
    const field = page.getByLabel('CSR file');
    await field.setInputFiles([chosen('a.csr'), chosen('b.bin'), chosen('c.bin')]);
    await page.getByText('Choose at most 2 files.').waitFor();
    expect(server.uploads).toEqual([]);
    await field.setInputFiles([chosen('a.csr'), chosen('b.bin')]);
    await page.getByRole('button', { name: 'Remove a.csr' }).click();
    await page.getByRole('button', { name: 'Create' }).click();
    expect((await server.nextAct('submit')).values).toMatchObject({ csr: { file: { files: [{ name: 'b.bin' }] } } });
  });
});
