import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { DEMO_EDGE } from '../../../core/config/demo-edge.ts';
import { narrow } from '../page/support.ts';
import type { Desk } from './desk.ts';

/**
 * The README's first steps with the gateway, as people do them. What a terminal says is awaited with `reply`, since an
 * edge has a change some tenths of a second after the message about it.
 */
const RULE = `http.host eq "${DEMO_EDGE.hostname}" and not tls_client_auth.cert_verified`;
const CERTIFICATE = 'device-3';
const PATIENCE_MS = 60_000;

const dialog = (desk: Desk, name: string) => desk.page.getByRole('dialog', { name, exact: true });
const press = (desk: Desk, name: string, label: string) =>
  dialog(desk, name).getByRole('button', { name: label, exact: true }).last().click();

/** Closes it, and waits until the page behind it can be typed into again. */
async function close(desk: Desk, name: string): Promise<void> {
  await press(desk, name, 'Close');
  await dialog(desk, name).waitFor({ state: 'detached' });
}

/** The part of the page that says how to try the gateway, open. */
async function openStrip(desk: Desk) {
  const strip = desk.page.getByRole('group').filter({ hasText: 'Try the gateway' });
  const first = strip.getByText(`/mtls site add ${DEMO_EDGE.site}`);
  if (!(await first.isVisible())) await strip.getByText('Try the gateway').click();
  await first.waitFor();
  return strip;
}

async function closeStrip(desk: Desk): Promise<void> {
  await desk.page.getByRole('group').getByText('Try the gateway').click();
}

/** One of the strip's commands, by its Copy button. */
async function copyCommand(desk: Desk, which: 'with the certificate' | 'without a certificate'): Promise<string> {
  const strip = await openStrip(desk);
  await strip.getByRole('button', { name: `Copy the command ${which}` }).click();
  await desk.page.getByRole('status').getByText(`Copied the command ${which}`).waitFor({ state: 'attached' });
  const command = await desk.clipboard();
  await closeStrip(desk);
  return command;
}

/** Pastes a command into a terminal in this folder. @returns what it prints */
async function paste(command: string, folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: folder, timeout: 15_000 });
  return stdout;
}

async function reply(command: string, folder: string, words: string | RegExp): Promise<void> {
  await expect.poll(() => paste(command, folder), { timeout: PATIENCE_MS, interval: 200 }).toMatch(words);
}

/** HTTP's status, as the same command prints it with two words more. */
const status = (command: string, folder: string) =>
  paste(command.replace('curl ', "curl -s -o /dev/null -w '%{http_code}' "), folder);

/** Nothing is bound: everybody is let in, and told so. */
export async function callUnguarded(ada: Desk, folder: string): Promise<void> {
  const strip = await openStrip(ada);
  await strip.getByText('ada has none yet').waitFor();
  await ada.picture('20-strip-before');
  await closeStrip(ada);
  await reply(await copyCommand(ada, 'without a certificate'), folder, 'Hello, whoever you are.');
}

/** ada adds the site, binds its hostname and makes the rule of the console's page. */
export async function guard(ada: Desk): Promise<void> {
  await ada.goTo('countersign App');
  await ada.say(`/mtls site add ${DEMO_EDGE.site}`);
  await ada.whisper(`${DEMO_EDGE.site} is a site now`).waitFor();

  await ada.say(`/mtls bind ${DEMO_EDGE.site}`);
  const names = 'Domain Name Information';
  await dialog(ada, names)
    .getByRole('textbox', { name: /^Hostnames/ })
    .fill(DEMO_EDGE.hostname);
  await ada.picture('21-bind');
  await press(ada, names, 'Preview');
  await dialog(ada, names).getByText('Gains (1)').waitFor();
  await ada.picture('22-bind-preview');
  await narrow(ada.page);
  await press(ada, names, 'Confirm');
  await dialog(ada, names).getByText(`has 1 hostname of ${DEMO_EDGE.site} now`).waitFor();
  await ada.picture('23-bound');
  await close(ada, names);

  await ada.say(`/mtls waf add ${DEMO_EDGE.hostname}`);
  const form = 'New WAF rule';
  await dialog(ada, form)
    .getByRole('textbox', { name: /^Rule Name/ })
    .fill('certificates only');
  await dialog(ada, form).getByText(RULE).waitFor();
  await ada.picture('24-rule');
  await press(ada, form, 'Preview');
  await dialog(ada, 'WAF rule').getByText(RULE).waitFor();
  await ada.picture('25-rule-preview');
  await narrow(ada.page);
  await press(ada, 'WAF rule', 'Save');
  await dialog(ada, 'WAF rule').getByText('and it is on').waitFor();
  await ada.picture('26-rule-saved');
  await close(ada, 'WAF rule');
}

/** alice has a certificate, saves it, and is let in with it; without it she is not. @returns the command */
export async function callGuarded(alice: Desk, folder: string): Promise<string> {
  await alice.say('/mtls issue');
  const form = dialog(alice, 'Create Certificate');
  await form.getByRole('textbox', { name: 'Name' }).fill(CERTIFICATE);
  await form.getByRole('combobox', { name: 'Site' }).selectOption(DEMO_EDGE.site);
  await press(alice, 'Create Certificate', 'Create');
  await alice.page.getByRole('dialog').getByText('Your request is recorded').waitFor();
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  await alice.page.getByRole('dialog').waitFor({ state: 'detached' });
  const ready = alice.lasting(`${CERTIFICATE} for ${DEMO_EDGE.site}: your certificate is ready`);
  await ready.getByText('Show once', { exact: true }).and(ready.getByRole('button')).click();
  const shown = alice.whisper('PRIVATE KEY');
  for (const [what, name] of [
    ['certificate', `${CERTIFICATE}.crt`],
    ['private key', `${CERTIFICATE}.key`],
  ] as const) {
    await shown.getByRole('button', { name: `Copy ${what}`, exact: true }).click();
    await alice.page.getByRole('status').getByText(`Copied ${what}`, { exact: true }).waitFor({ state: 'attached' });
    writeFileSync(join(folder, name), await alice.clipboard(), { mode: 0o600 });
  }
  await shown.getByText('I saved it', { exact: true }).and(shown.getByRole('button')).click();
  await alice.lasting(`${CERTIFICATE} for ${DEMO_EDGE.site}: your certificate is issued`).waitFor();

  const withIt = await copyCommand(alice, 'with the certificate');
  expect(withIt).toContain(`--cert ${CERTIFICATE}.crt --key ${CERTIFICATE}.key`);
  await openStrip(alice);
  await alice.picture('27-strip-with-command');
  await closeStrip(alice);
  await reply(withIt, folder, `Hello ${CERTIFICATE}. Your certificate counts here`);
  expect(await status(withIt, folder)).toBe('200');
  const without = await copyCommand(alice, 'without a certificate');
  await reply(without, folder, 'Not allowed');
  expect(await status(without, folder)).toBe('403');
  return withIt;
}

/** After another start, on another port: the page has the command. */
export async function callAfterRestart(alice: Desk, folder: string): Promise<void> {
  await reply(await copyCommand(alice, 'with the certificate'), folder, 'Not allowed');
}

/** alice revokes it, bob approves, and the same command is refused. */
export async function revokeAndCall(alice: Desk, bob: Desk, command: string, folder: string): Promise<void> {
  await alice.say(`/mtls list ${CERTIFICATE}`);
  const list = dialog(alice, 'Certificates');
  await list.waitFor();
  // Edges report every few seconds who came.
  const searched = async () => {
    await list.getByRole('button', { name: 'Search', exact: true }).click();
    return list.textContent();
  };
  await expect.poll(searched, { timeout: PATIENCE_MS, interval: 1_000 }).toContain('Last used');
  await list.getByRole('button', { name: `Details of ${CERTIFICATE} for ${DEMO_EDGE.site}` }).click();
  await dialog(alice, 'Certificate')
    .getByRole('button', { name: `Revoke ${CERTIFICATE}` })
    .click();
  const form = dialog(alice, 'Revoke Certificate');
  await form.getByRole('combobox', { name: 'Reason' }).selectOption('Replaced by a new certificate');
  await form.getByRole('textbox', { name: 'Why' }).fill('device-4 takes its place.');
  await form.getByText(/Last seen .* \(edge gateway\)/).waitFor();
  await form.getByRole('checkbox', { name: /^I Have Confirmed/ }).check();
  await alice.picture('28-revoke');
  await narrow(alice.page);
  await form.getByRole('button', { name: 'Revoke', exact: true }).click();
  await form.getByText('A second person is asked.').waitFor();
  await form.getByRole('button', { name: 'Close' }).last().click();
  await form.waitFor({ state: 'detached' });
  await close(alice, 'Certificate');
  await close(alice, 'Certificates');

  await bob.goTo('mtls-approvals');
  const card = bob.lasting(`Revoke ${CERTIFICATE} for ${DEMO_EDGE.site}`);
  await card.getByRole('button', { name: /^Approve/ }).waitFor();
  await bob.picture('29-card');
  await narrow(bob.page);
  await card.getByRole('button', { name: /^Approve/ }).click();
  await bob.page.getByRole('alertdialog').getByRole('button', { name: 'Approve' }).click();
  await card.getByText(/Approved by/).waitFor();
  await reply(command, folder, 'Not allowed');
  expect(await status(command, folder)).toBe('403');
  await alice.lasting(`You asked to revoke ${CERTIFICATE}`).getByText('effective on 1 of 1').waitFor();
  await alice.picture('30-in-effect');
}
