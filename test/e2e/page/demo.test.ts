import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Demo } from '../../../sandbox/contract.ts';
import { describeWith } from '../../support/tools.ts';
import { dm, scene } from './scenes.ts';
import { DESKTOP, launchBrowser, namelessControls, PHONE, smallTargets, visit, weakContrasts } from './support.ts';

const WITHOUT =
  'curl --resolve api.example.test:8443:127.0.0.1 --cacert /home/alice/some/where/countersign/.data/sandbox/edge/demo/ca.pem https://api.example.test:8443/';
const WITH = WITHOUT.replace('https:', '--cert device-1.crt --key device-1.key https:');
const demo: Demo = {
  site: 'example.test',
  hostname: 'api.example.test',
  withCertificate: undefined,
  withoutCertificate: WITHOUT,
};

describeWith('chromium', 'the strip about the gateway', ({ chromium }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium);
  });
  afterAll(() => browser?.close());

  it('says what to do before there is a certificate, and has the command once there is one', async () => {
    await using it = await visit(browser, scene({ demo }), { permissions: ['clipboard-read', 'clipboard-write'] });
    const { page, server } = it;
    const strip = page.getByRole('group').filter({ hasText: 'Try the gateway' });
    await strip.getByText('Try the gateway').click();
    await strip.getByText('/mtls bind example.test').waitFor();
    await strip.getByText('alice has none yet: the command appears here.').waitFor();

    server.show(scene({ demo: { ...demo, withCertificate: WITH } }));
    const copy = strip.getByRole('button', { name: 'Copy the command with the certificate' });
    await copy.click();
    await page.getByRole('status').getByText('Copied the command with the certificate').waitFor({ state: 'attached' });
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(WITH);
    expect(await namelessControls(page)).toEqual([]);
  });

  it('is not there without a gateway', async () => {
    await using it = await visit(browser, scene());
    expect(await it.page.getByText('Try the gateway').count()).toBe(0);
  });

  it.each([
    ['desktop', DESKTOP],
    ['phone', PHONE],
  ])('can be reached and read on a %s, and leaves the rest its place', async (name, viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using it = await visit(browser, scene({ demo: { ...demo, withCertificate: WITH } }), {
        viewport,
        colorScheme,
        hasTouch: viewport === PHONE,
        path: viewport === PHONE ? '/?as=U0ALICE' : `/?as=U0ALICE#${dm().id}`,
      });
      const { page } = it;
      await page.getByText('Try the gateway').click();
      await page.getByRole('button', { name: 'Copy the command without a certificate' }).scrollIntoViewIfNeeded();
      await page.getByText('Call again with it (403)').scrollIntoViewIfNeeded();
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(await weakContrasts(page)).toEqual([]);
      if (viewport === PHONE) expect(await smallTargets(page)).toEqual([]);
      else await page.getByRole('combobox', { name: /^Message to / }).click();
      const folder = process.env['COUNTERSIGN_STORY_PICTURES'];
      if (folder) await page.screenshot({ path: `${folder}/strip-${name}-${colorScheme}.png` });
    }
  });
});
