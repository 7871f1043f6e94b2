import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';

const PATIENCE_MS = 60_000;
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** A folder for pictures of every step, for whoever wants to look. */
const PICTURES = process.env['COUNTERSIGN_STORY_PICTURES'];

/** One person in front of a browser window of their own. */
export type Desk = Awaited<ReturnType<typeof sitDown>>;

/** @param address as printed by the start, with its token */
export async function sitDown(browser: Browser, address: string, userId: string, faults: string[]) {
  const context = await browser.newContext({
    viewport: DESKTOP,
    locale: 'en-GB',
    timezoneId: 'UTC',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(`${userId}: ${error}`));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${userId}: ${message.text()}`);
  });
  await page.goto(`${address}&as=${userId}`);
  // By its link, so that a narrow screen shows it too.
  await page.getByRole('link', { name: 'countersign App' }).click();
  const composer = page.getByRole('combobox', { name: /^Message to / });
  await composer.waitFor();

  return {
    page,
    dialog: page.getByRole('dialog'),
    /** What this person alone sees, by the words in it. */
    whisper: (text: string | RegExp) => messages(page, text).filter({ hasText: 'Only visible to you' }),
    /** What stays. */
    lasting: (text: string | RegExp) => messages(page, text).filter({ hasNotText: 'Only visible to you' }),
    /** Types into the conversation that is open, as on a keyboard. */
    async say(text: string) {
      // A form is open until the server has closed it, and takes what is typed for so long.
      await page.locator('dialog[open]').waitFor({ state: 'detached' });
      await composer.fill(text);
      await composer.press('Escape');
      await composer.press('Enter');
    },
    async goTo(place: string) {
      await page.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name: place }).click();
    },
    async clipboard(): Promise<string> {
      await page.bringToFront();
      return page.evaluate<string>('navigator.clipboard.readText()');
    },
    picture: (name: string) => takePictures(page, name),
    leave: () => context.close(),
  };
}

const messages = (page: Page, text: string | RegExp) => page.getByRole('article').filter({ hasText: text });

async function takePictures(page: Page, name: string): Promise<void> {
  if (!PICTURES) return;
  mkdirSync(PICTURES, { recursive: true });
  for (const [screen, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(PICTURES, `${name}-${screen}-${colorScheme}.png`) });
    }
  }
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: null });
}
