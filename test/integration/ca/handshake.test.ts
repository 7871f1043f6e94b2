import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type SecureVersion, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthority, parseAuthority } from '../../../core/ca/authority.ts';
import { toPem } from '../../../core/ca/certificate.ts';
import { makeKeyPair } from '../../../core/ca/keys.ts';
import { KEY_TYPES, type KeyType } from '../../../core/ca/profile.ts';
import { makeLocalSigner } from '../../../core/ca/sign.ts';
import { seededRandom } from '../../fixtures/ca/certificates.ts';
import {
  AUTHORITY_ALGORITHMS,
  issueFrom,
  makeFolder,
  makeTestAuthority,
  run,
  type TestAuthority,
} from '../../fixtures/ca/issuing.ts';
import { describeWith } from '../../support/tools.ts';

const now = new Date();
const keyTypes = Object.keys(KEY_TYPES) as KeyType[];

function makeAccountAuthority(): TestAuthority {
  const made = createAuthority({ accountId: 'T0001', generation: 1, now, random: seededRandom(now.getTime()) });
  return {
    der: made.certificateDer,
    issuer: parseAuthority(made.certificateDer),
    signer: makeLocalSigner(made.privateKeyPkcs8Der),
  };
}

describeWith(['openssl', 'certtool'], 'a certificate of every key type', ({ openssl, certtool }) => {
  const authorities = [
    makeAccountAuthority(),
    ...AUTHORITY_ALGORITHMS.map((algorithm) => makeTestAuthority(algorithm, now)),
  ];
  const leaves: { keyType: KeyType; keyPem: string; authority: TestAuthority; pem: string }[] = [];
  let folder: Awaited<ReturnType<typeof makeFolder>>;

  beforeAll(async () => {
    folder = await makeFolder();
    for (const keyType of keyTypes) {
      const key = await makeKeyPair(keyType);
      for (const authority of authorities) {
        const pem = toPem(
          issueFrom(authority, { spki: key.spki, san: [{ type: 'dns', value: 'a.example.com' }] }, now),
          'CERTIFICATE',
        );
        leaves.push({ keyType, keyPem: key.privateKeyPkcs8Pem, authority, pem });
      }
    }
    await run(
      openssl,
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=localhost',
      '-keyout',
      folder.file('server.key'),
      '-out',
      folder.file('server.pem'),
    );
  }, 240_000);
  afterAll(() => folder[Symbol.asyncDispose]());

  it('passes openssl verify, strictly and for its purpose, and certtool at the medium profile', async () => {
    for (const { authority, pem } of leaves) {
      await writeFile(folder.file('ca.pem'), toPem(authority.der, 'CERTIFICATE'));
      await writeFile(folder.file('leaf.pem'), pem);
      const leaf = folder.file('leaf.pem');
      expect(
        await run(
          openssl,
          'verify',
          '-x509_strict',
          '-check_ss_sig',
          '-purpose',
          'sslclient',
          '-CAfile',
          folder.file('ca.pem'),
          leaf,
        ),
      ).toContain('OK');
      const verdict = await run(
        certtool,
        '--verify',
        '--verify-profile=medium',
        '--verify-purpose=1.3.6.1.5.5.7.3.2',
        '--load-ca-certificate',
        folder.file('ca.pem'),
        '--infile',
        leaf,
      );
      expect(verdict).toContain('Verified. The certificate is trusted.');
    }
  }, 60_000);

  it('is no server, no signer and not from another authority', async () => {
    const [leaf] = leaves;
    const [, stranger] = authorities;
    if (!leaf || !stranger) throw new Error('the fixtures are missing');
    await writeFile(folder.file('ca.pem'), toPem(leaf.authority.der, 'CERTIFICATE'));
    await writeFile(folder.file('other.pem'), toPem(stranger.der, 'CERTIFICATE'));
    await writeFile(folder.file('leaf.pem'), leaf.pem);
    for (const purpose of ['sslserver', 'smimesign', 'timestampsign']) {
      await expect(
        run(openssl, 'verify', '-purpose', purpose, '-CAfile', folder.file('ca.pem'), folder.file('leaf.pem')),
      ).rejects.toThrow(/purpose/);
    }
    await expect(run(openssl, 'verify', '-CAfile', folder.file('other.pem'), folder.file('leaf.pem'))).rejects.toThrow(
      /unable to get local issuer/,
    );
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'is verified in a real %s handshake, from Node and from openssl s_client',
    async (version) => {
      await using server = await listen(version);
      for (const { keyPem, pem, authority } of leaves) {
        const socket = connect({
          port: server.port,
          host: '127.0.0.1',
          ca: server.certificate,
          servername: 'localhost',
          key: keyPem,
          cert: pem,
        });
        const [answer] = (await once(socket, 'data')) as [Buffer];
        expect(JSON.parse(answer.toString())).toEqual({
          authorized: true,
          subject: 'alice-laptop',
          protocol: version,
          issuer: issuerName(authority),
        });
        socket.destroy();

        await writeFile(folder.file('client.pem'), pem);
        await writeFile(folder.file('client.key'), keyPem);
        const output = await answerTo(openssl, [
          's_client',
          '-quiet',
          '-connect',
          `127.0.0.1:${server.port}`,
          '-servername',
          'localhost',
          '-CAfile',
          folder.file('server.pem'),
          '-cert',
          folder.file('client.pem'),
          '-key',
          folder.file('client.key'),
        ]);
        expect(output).toContain('"authorized":true');
      }
    },
    120_000,
  );

  it('is not verified before it begins, and its absence is seen', async () => {
    await using server = await listen('TLSv1.3');
    const [authority] = authorities;
    if (!authority) throw new Error('the fixtures are missing');
    const key = await makeKeyPair('ec-p256');
    const tomorrow = new Date(now.getTime() + 86_400_000);
    const cert = toPem(issueFrom(authority, { spki: key.spki, notBefore: tomorrow }, now), 'CERTIFICATE');
    for (const credentials of [{ cert, key: key.privateKeyPkcs8Pem }, {}]) {
      const socket = connect({
        port: server.port,
        host: '127.0.0.1',
        ca: server.certificate,
        servername: 'localhost',
        ...credentials,
      });
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(JSON.parse(answer.toString())).toMatchObject({ authorized: false });
      socket.destroy();
    }
  });

  /** Answers each client with what the handshake found, and leaves the end to it. */
  async function listen(version: SecureVersion) {
    const certificate = await readFile(folder.file('server.pem'));
    const server = createServer(
      {
        cert: certificate,
        key: await readFile(folder.file('server.key')),
        ca: authorities.map(({ der }) => toPem(der, 'CERTIFICATE')),
        requestCert: true,
        rejectUnauthorized: false,
        minVersion: version,
        maxVersion: version,
      },
      (socket: TLSSocket) => {
        const peer = socket.getPeerCertificate();
        socket.on('error', () => socket.destroy());
        socket.write(
          JSON.stringify({
            authorized: socket.authorized,
            subject: peer.subject?.CN,
            protocol: socket.getProtocol(),
            issuer: peer.issuer?.CN,
          }),
        );
      },
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      certificate,
      port: (server.address() as AddressInfo).port,
      [Symbol.asyncDispose]: async () => {
        server.close();
      },
    };
  }
});

/** The first thing a client program prints; then it is ended. */
async function answerTo(program: string, args: string[]): Promise<string> {
  const client = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const [answer] = (await once(client.stdout, 'data')) as [Buffer];
  client.kill();
  await once(client, 'exit');
  return answer.toString();
}

function issuerName({ signer, der }: TestAuthority): string {
  return Buffer.from(der).includes('T0001') ? 'Countersign T0001 G1' : `Countersign ${signer.algorithm} G1`;
}
