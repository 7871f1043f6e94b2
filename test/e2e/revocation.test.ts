import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyChain } from '../../core/audit/verify.ts';
import { toPem } from '../../core/ca/certificate.ts';
import type { Person } from '../../sandbox/server/person.ts';
import type { Message } from '../../sandbox/server/state/model.ts';
import { askForCertificate, contentOf, pressShowOnce, untilShown } from '../support/acts.ts';
import { ACCOUNT, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';

const APPROVALS = 'C0APPROVE';

describeWith(
  ['redisServer', 'openssl'],
  'a revocation, from the list to a certificate that is refused',
  ({ openssl }) => {
    let stack: Stack;
    beforeAll(async () => {
      stack = await startStack({ api: true });
      await stack.setUp();
    });
    afterAll(() => stack?.[Symbol.asyncDispose]());

    it('needs bob, and is then known to everybody who asks by CRL or OCSP', async () => {
      const { alice, bob } = stack;
      const leaf = await issue('device-1');
      expect(await crlCheck(leaf)).toContain('OK');
      expect(ocsp(leaf)).toContain('good');

      await revoke(alice, 'device-1', { Reason: 'keyCompromise', Why: 'stolen' });
      const card = await untilCard(bob, (text) => text.includes('device-1'));
      expect(ocsp(leaf)).toMatch(/revoked[\s\S]*certificateHold/);

      await bob.click(card, 'Approve');
      await untilCard(bob, (text) => text.includes('device-1') && text.includes('Approved by <@U0BOB>'));
      expect(ocsp(leaf)).toMatch(/revoked[\s\S]*keyCompromise/);
      const dm = await alice.until(
        () => alice.messages(alice.dm).find((message) => contentOf(message).includes('*In effect:* revoked')),
        20_000,
      );
      expect(contentOf(dm)).toContain('Approved by <@U0BOB>');
      expect(await crlCheck(leaf)).toContain('certificate revoked');
      expect(await verifyChain(stack.store, ACCOUNT)).toMatchObject({ fault: undefined });
    });

    it('that bob denies leaves the suspension, and a release that bob approves ends it', async () => {
      const { alice, bob } = stack;
      const leaf = await issue('device-2');
      await revoke(alice, 'device-2', { Reason: 'keyCompromise' });
      const card = await untilCard(bob, (text) => text.includes('device-2'));
      await bob.click(card, 'Deny…');
      await bob.until(() => bob.modal);
      await bob.submit({ Why: 'It was found again.' });
      const dm = await alice.until(
        () => alice.messages(alice.dm).find((message) => contentOf(message).includes('It was found again.')),
        20_000,
      );
      expect(ocsp(leaf)).toContain('certificateHold');
      await alice.click(dm, 'Release…');
      await alice.until(() => alice.modal);
      await alice.submit({ 'Why it can be used again': 'It was found.' });
      const release = await untilCard(bob, (text) => text.includes('Release the suspended certificate *device-2*'));
      await bob.click(release, 'Approve');
      await stack.ada.until(() => ocsp(leaf).includes('good'), 20_000);
    });

    it('that is only a suspension needs nobody else, and takes effect at once', async () => {
      const { alice, bob } = stack;
      const leaf = await issue('device-4');
      await alice.command(alice.dm, '/mtls list device-4');
      await alice.until(() => JSON.stringify(alice.modal?.blocks ?? []).includes('Revoke device-4'));
      await alice.click('modal', 'Revoke');
      await alice.until(() => alice.modal?.callback_id === 'revoke');
      await alice.change('modal', 'Reason', 'certificateHold');
      await alice.until(() => alice.modal?.submit?.text === 'Suspend');
      expect(JSON.stringify(alice.modal)).not.toContain('I Have Confirmed');
      await alice.submit({ Why: 'mislaid' });
      await alice.until(() => ocsp(leaf).includes('certificateHold'), 20_000);
      const announced = await untilCard(bob, (text) => text.includes('suspended *device-4*'));
      expect(contentOf(announced)).toContain('mislaid');
    });

    it('presses of people who may not decide answer with a sentence and change nothing', async () => {
      const { alice, bob, ada } = stack;
      await issue('device-3');
      await revoke(alice, 'device-3', { Reason: 'superseded', Why: '' });
      const card = structuredClone(await untilCard(bob, (text) => text.includes('device-3')));
      await ada.click(card, 'Approve');
      await ada.until(() => ada.ephemerals(APPROVALS).some(({ text }) => text.includes('Only approvers')), 10_000);
      await bob.click(card, 'Approve');
      const decided = await untilCard(bob, (text) => text.includes('device-3') && text.includes('Approved by'));
      expect(JSON.stringify(decided.blocks)).not.toContain('"button"');
      // The card as it was before, on a screen that has not caught up.
      await bob.click(card, 'Approve');
      await bob.until(() => bob.ephemerals(APPROVALS).some(({ text }) => text.includes('Nothing was changed')), 10_000);
    });

    async function issue(name: string): Promise<string> {
      const { alice } = stack;
      await askForCertificate(alice, { Name: name });
      await pressShowOnce(alice, name);
      const { certificatePem } = await untilShown(alice, name);
      const path = join(stack.folder, `${name}.pem`);
      writeFileSync(path, certificatePem);
      const [authority] = await stack.store.authorities(ACCOUNT);
      writeFileSync(join(stack.folder, 'authority.pem'), toPem(authority?.certificate as Buffer, 'CERTIFICATE'));
      return path;
    }

    const textOf = (leaf: string) => execFileSync(openssl, ['x509', '-in', leaf, '-noout', '-text']).toString();
    const uri = (leaf: string, after: RegExp) => after.exec(textOf(leaf))?.[1] ?? '';

    /** What OpenSSL says of it with the CRL from where the certificate says it is. */
    async function crlCheck(leaf: string): Promise<string> {
      const response = await published(uri(leaf, /CRL Distribution Points[\s\S]*?URI:(\S+)/));
      const crl = join(stack.folder, 'shard.crl');
      writeFileSync(crl, Buffer.from(await response.arrayBuffer()));
      const authority = join(stack.folder, 'authority.pem');
      const args = ['verify', '-x509_strict', '-crl_check', '-CAfile', authority, '-CRLfile', crl, leaf];
      const { stdout, stderr } = spawnSync(openssl, args);
      return `${stdout}${stderr}`;
    }

    /** The first CRLs of an authority follow its first certificate within a second or two. */
    async function published(url: string): Promise<Response> {
      for (const giveUpAt = Date.now() + 15_000; ; ) {
        const response = await fetch(url);
        if (response.status === 200) return response;
        if (Date.now() > giveUpAt) throw new Error(`${url}: ${response.status}`);
        await response.body?.cancel();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }

    function ocsp(leaf: string): string {
      const authority = join(stack.folder, 'authority.pem');
      const args = ['ocsp', '-issuer', authority, '-CAfile', authority, '-cert', leaf];
      const { stdout, stderr } = spawnSync(openssl, [...args, '-url', uri(leaf, /OCSP - URI:(\S+)/)]);
      expect(String(stderr)).toContain('Response verify OK');
      return String(stdout);
    }

    /** From the list, as a person does it. */
    async function revoke(person: Person, name: string, fill: Record<string, unknown>): Promise<void> {
      await person.command(person.dm, `/mtls list ${name}`);
      await person.until(() => JSON.stringify(person.modal?.blocks ?? []).includes(`Revoke ${name}`));
      await person.click('modal', 'Revoke');
      await person.until(() => person.modal?.callback_id === 'revoke');
      const { Reason, ...rest } = fill;
      await person.change('modal', 'Reason', Reason as string);
      await person.until(() => JSON.stringify(person.modal).includes(`"initial_option"`));
      const { outcome, errors } = await person.submit({ ...rest, Confirmation: ['yes'] });
      if (outcome === 'refused') throw new Error(JSON.stringify(errors));
    }

    const untilCard = (person: Person, fits: (text: string) => boolean): Promise<Message> =>
      person.until(() => person.messages(APPROVALS).find((message) => fits(contentOf(message))), 20_000);
  },
);
