import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Scene } from '../../../sandbox/contract.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

const LAUNCH_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launchBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: LAUNCH_ARGUMENTS });

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 360, height: 740 };

export type Visit = AsyncDisposable & { page: Page; server: StandIn };

/** The page with a scene on it. Ends with a check that nothing went wrong in the browser, policy violations included. */
export async function visit(
  browser: Browser,
  scene: Scene,
  options: BrowserContextOptions & { path?: string } = {},
): Promise<Visit> {
  const server = await startStandIn(scene);
  const { path = `/?as=${scene.me.id}`, ...contextOptions } = options;
  const context = await browser.newContext({
    viewport: DESKTOP,
    locale: 'en-GB',
    timezoneId: 'UTC',
    ...contextOptions,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    // Answers of 4xx and lost streams are what some tests are about; the browser logs them as failed loads.
    if (message.type() === 'error' && !/Failed to load resource|ERR_/.test(message.text())) faults.push(message.text());
  });
  await page.goto(server.url + path);
  await page.getByText(scene.workspace.name).first().waitFor({ state: 'attached' });
  return {
    page,
    server,
    [Symbol.asyncDispose]: async () => {
      await context.close();
      await server[Symbol.asyncDispose]();
      expect(faults).toEqual([]);
    },
  };
}

/** On a telephone nothing is wider than the screen; everything has a name and can be read. */
export async function narrow(page: Page): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize(PHONE);
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  expect(
    await page.evaluate(
      "[...document.querySelectorAll('dialog[open], main')].every((frame) => frame.scrollWidth <= frame.clientWidth + 1)",
    ),
  ).toBe(true);
  expect(await namelessControls(page)).toEqual([]);
  expect(await weakContrasts(page)).toEqual([]);
  if (before) await page.setViewportSize(before);
}

/** Everything a person can operate, with the name the browser computes for it: none may be empty. */
export async function namelessControls(page: Page): Promise<string[]> {
  const client = await page.context().newCDPSession(page);
  const { nodes } = await client.send('Accessibility.getFullAXTree');
  const roles = new Set(
    'button checkbox combobox dialog alertdialog form link listbox menuitem option radio radiogroup region searchbox spinbutton textbox Date InputTime'.split(
      ' ',
    ),
  );
  return nodes
    .filter((node) => !node.ignored && roles.has(String(node.role?.value)) && !String(node.name?.value ?? '').trim())
    .map((node) => `${node.role?.value} (node ${node.backendDOMNodeId})`);
}

/** Pairs of text and ground below 4.5:1 (3:1 for large text), each as a sentence. Computed in the page. */
export const weakContrasts = (page: Page): Promise<string[]> => page.evaluate<string[]>(CONTRAST_SCRIPT);

/** Controls smaller than 44 by 44 pixels that are not links inside a sentence. */
export const smallTargets = (page: Page): Promise<string[]> => page.evaluate<string[]>(TARGET_SCRIPT);

const CONTRAST_SCRIPT = `(() => {
  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = color;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] / 255 + below[i] * (1 - top[3] / 255));
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const weak = new Set();
  const walker = document.createTreeWalker(document.querySelector('dialog[open]') ?? document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.nodeValue.trim();
    const element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility({ visibilityProperty: true }) || element.closest('.visually-hidden, option')) continue;
    const style = getComputedStyle(element);
    const below = ground(element);
    const above = over(rgba(style.color), below);
    const [light, dark] = [luminance(above), luminance(below)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) weak.add(text.slice(0, 40) + ': ' + ratio.toFixed(2));
  }
  return [...weak];
})()`;

const TARGET_SCRIPT = `[...document.querySelectorAll('button, select, input, textarea, summary, a')]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert]'))
  .filter((element) => element.tagName !== 'A' || !element.closest('p, .section-text, .field-pair, .message-text, .context-text, .skip-link, li:not(.places li)'))
  .filter((element) => !element.matches('.skip-link'))
  .map((element) => [element, element.closest('.choice') ?? element])
  .map(([element, target]) => [element, target.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.width < 43.5 || box.height < 43.5))
  .map(([element, box]) => element.tagName + ' ' + (element.getAttribute('aria-label') ?? element.textContent).slice(0, 30) + ' ' + Math.round(box.width) + 'x' + Math.round(box.height))`;
