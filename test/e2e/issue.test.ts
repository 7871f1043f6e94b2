import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyChain } from '../../core/audit/verify.ts';
import { toPem } from '../../core/ca/certificate.ts';
import {
  askForCertificate,
  contentOf,
  countTold,
  pemsOf,
  pressShowOnce,
  untilReady,
  untilShown,
} from '../support/acts.ts';
import { ACCOUNT, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';

describeWith(
  ['redisServer', 'openssl', 'certtool'],
  'a certificate, from the command to a handshake',
  ({ openssl, certtool }) => {
    let stack: Stack;
    beforeAll(async () => {
      stack = await startStack();
      await stack.setUp();
    });
    afterAll(async () => {
      await stack?.[Symbol.asyncDispose]();
    });

    it('with a key that the system makes: shown once, then deleted by I saved it', async () => {
      const { alice, sandbox } = stack;
      await askForCertificate(alice, { Name: 'device-1' });
      await pressShowOnce(alice, 'device-1');
      const { message, certificate, certificatePem, keyPem } = await untilShown(alice, 'device-1');
      expect(certificate.subject).toContain('CN=device-1');
      expect(certificate.subject).toContain('O=example.com');

      await judge({ openssl, certtool }, certificatePem, keyPem, await authorityPem());
      await alice.click(message, 'I saved it');
      await alice.until(() => alice.ephemerals(alice.dm).every((left) => pemsOf(left).length === 0));
      const lasting = await alice.until(() =>
        alice.messages(alice.dm).find((candidate) => contentOf(candidate).includes('SHA-256 fingerprint')),
      );
      expect(contentOf(lasting)).toContain('curl --cert device-1.crt --key device-1.key https://example.com/');
      expect(contentOf(lasting)).toContain(certificate.fingerprint256.replaceAll(':', '').toLowerCase());
      expect(sandbox.problems).toEqual([]);
    });

    it('for an own request: the certificate comes in the lasting message and no key is made', async () => {
      const { alice } = stack;
      const folder = mkdtempSync(join(tmpdir(), 'cs-csr-'));
      const keyPath = join(folder, 'key.pem');
      execFileSync(openssl, ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', keyPath]);
      const csr = execFileSync(openssl, ['req', '-new', '-key', keyPath, '-subj', '/CN=device-2']).toString();
      await alice.command(alice.dm, '/mtls issue example.com');
      await alice.until(() => alice.modal);
      await alice.change('modal', 'CSR Generation Method', 'csr');
      await alice.until(() => JSON.stringify(alice.modal).includes('issue_csr'));
      const refused = await alice.submit({ Name: 'device-2', CSR: withAnotherSignature(csr) });
      expect(refused.errors['CSR']).toMatch(/signature/);
      await alice.submit({ CSR: csr });
      const message = await alice.until(
        () => alice.messages(alice.dm).find((candidate) => pemsOf(candidate).length === 1),
        20_000,
      );
      const [pem = ''] = pemsOf(message);
      await judge({ openssl, certtool }, pem, readFileSync(keyPath, 'utf8'), await authorityPem());
      expect(alice.ephemerals(alice.dm).some((candidate) => contentOf(candidate).includes('PRIVATE KEY'))).toBe(false);
    });

    it('anew, when the key did not arrive: the old one is revoked', async () => {
      const { alice, store } = stack;
      await askForCertificate(alice, { Name: 'device-3' });
      await pressShowOnce(alice, 'device-3');
      const first = await untilShown(alice, 'device-3');
      const lasting = await alice.until(() =>
        alice
          .messages(alice.dm)
          .find(
            (candidate) =>
              contentOf(candidate).includes('device-3') && contentOf(candidate).includes('I did not get the key'),
          ),
      );
      await alice.click(lasting, 'I did not get the key');
      await alice.until(
        () => alice.ephemerals(alice.dm).filter((candidate) => pemsOf(candidate).length === 2).length >= 2,
        20_000,
      );
      const second = await untilShown(alice, 'device-3');
      expect(second.certificate.serialNumber).not.toBe(first.certificate.serialNumber);
      const [newest, older] = (await store.certificatesOfRequest(requestIdIn(lasting))) as { state: string }[];
      expect([newest?.state, older?.state]).toEqual(['active', 'revoked']);
    });

    it.each([
      ['another person', async () => stack.bob, 'needs the role operator'],
      ['the same person a second time', async () => stack.alice, 'shown already'],
    ])('not for %s', async (who, person, sentence) => {
      const { alice } = stack;
      await askForCertificate(alice, { Name: `device-4 ${who}` });
      const ready = await untilReady(alice, `device-4 ${who}`);
      const presser = await person();
      if (presser === alice) {
        await alice.click(ready, 'Show once');
        await untilShown(alice, `device-4 ${who}`);
        await alice.until(() =>
          alice.messages(alice.dm).some(({ blocks }) => JSON.stringify(blocks).includes(`${requestIdIn(ready)}:`)),
        );
      }
      // The button as it was, pressed by whoever: a client may be behind, or forged.
      const action = { type: 'button', block_id: 'show', action_id: 'show_once', value: requestIdIn(ready) };
      const payload = alice.payload.action({ ...ready, ts: ready.ts }, action) as Record<string, unknown>;
      payload['user'] = { ...(payload['user'] as object), id: presser.id };
      await presser.send(payload);
      await alice.until(() => [...alice.ephemerals(alice.dm)].some((seen) => contentOf(seen).includes(sentence)));
      const certificates = await stack.store.certificatesOfRequest(requestIdIn(ready));
      expect(certificates.length).toBe(presser === alice ? 1 : 0);
    });

    it('leaves a chain that verifies, and every event in the audit channel once', async () => {
      const { ada, store } = stack;
      await expect.poll(() => verifyChain(store, ACCOUNT)).toMatchObject({ fault: undefined, waiting: 0 });
      const events = await countTold(store, ACCOUNT);
      await ada.until(() => ada.messages('C0AUDIT').length === events, 20_000);
    });

    async function authorityPem(): Promise<string> {
      const [authority] = await stack.store.authorities(ACCOUNT);
      return toPem(authority?.certificate as Buffer, 'CERTIFICATE');
    }
  },
);

/** The request with one bit of its signature changed. */
function withAnotherSignature(csr: string): string {
  const der = Buffer.from(csr.replace(/-----.*-----|\s/g, ''), 'base64');
  der[der.length - 1] = (der.at(-1) as number) ^ 1;
  return toPem(der, 'CERTIFICATE REQUEST');
}

function requestIdIn(message: { blocks: readonly unknown[] }): string {
  return /"value":"([0-9a-f-]{36})/.exec(JSON.stringify(message.blocks))?.[1] ?? '';
}

/** What tools that did not make the certificate say of it, and a TLS server that asks for one. */
async function judge(
  paths: { openssl: string; certtool: string },
  certificate: string,
  key: string,
  authority: string,
) {
  const folder = mkdtempSync(join(tmpdir(), 'cs-judge-'));
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const [leaf, ca] = [file('leaf.pem', certificate), file('ca.pem', authority)];
  const strict = ['verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', ca, leaf];
  expect(execFileSync(paths.openssl, strict).toString()).toContain('OK');
  const gnutls = ['--verify', '--verify-profile=medium', '--load-ca-certificate', ca, '--infile', leaf];
  expect(execFileSync(paths.certtool, gnutls, { stdio: 'pipe' }).toString()).toContain('Verified');

  const server = createServer({
    ...serverIdentity(paths.openssl, folder),
    ca: [authority],
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on('secureConnection', (socket) => socket.end(socket.authorized ? 'welcome' : 'who?'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect({ port, host: '127.0.0.1', cert: certificate, key, rejectUnauthorized: false });
  const [answer] = await once(client, 'data');
  expect(String(answer)).toBe('welcome');
  client.destroy();
  server.close();
}

function serverIdentity(openssl: string, folder: string): { cert: Buffer; key: Buffer } {
  const [key, cert] = [join(folder, 'server.key'), join(folder, 'server.crt')];
  const make = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ${key} -out ${cert} -subj /CN=localhost -days 2`;
  execFileSync(openssl, make.split(' '), { stdio: 'ignore' });
  return { cert: readFileSync(cert), key: readFileSync(key) };
}
