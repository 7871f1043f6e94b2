import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isPrivate } from '../../../../api/transport.ts';
import { loadConfig } from '../../../../core/config/config.ts';
import { startApiRig } from '../../../support/api-rig.ts';
import { describeWith } from '../../../support/tools.ts';

describe('the OpenAPI answers', () => {
  const plain = { encrypted: undefined } as never;
  test.each([
    ['on the loopback', '127.0.0.1', {}, true],
    ['on the loopback, by name', 'localhost', {}, true],
    ['on the loopback of IPv6', '::1', {}, true],
    ['elsewhere', '0.0.0.0', {}, false],
    ['on an address that only looks like the loopback', '127.0.0.1.example', {}, false],
    ['behind a proxy with TLS', '0.0.0.0', { 'x-forwarded-proto': 'https' }, true],
    ['behind a proxy without', '0.0.0.0', { 'x-forwarded-proto': 'http' }, false],
    ['behind two proxies of which one has none', '0.0.0.0', { 'x-forwarded-proto': 'http, https' }, false],
  ])('%s: %s %o %s', (_, host, headers, expected) => {
    expect(isPrivate({ socket: plain, headers }, host)).toBe(expected);
  });

  test('nobody in plain http off the loopback, and says how it is reached', async () => {
    await using rig = await startApiRig(undefined, { HOST: '0.0.0.0' });
    const response = await fetch(`http://127.0.0.1:${rig.port}/`);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ Code: 'InsecureTransport', Message: expect.stringContaining('TLS') });
    const behindProxy = { headers: { 'x-forwarded-proto': 'https' } };
    expect(await (await fetch(`http://127.0.0.1:${rig.port}/`, behindProxy)).json()).toMatchObject({
      Code: 'MissingAuthorization',
    });
    // What is public is public.
    expect((await fetch(`http://127.0.0.1:${rig.port}/healthz`)).status).toBe(200);
  });
});

describeWith('openssl', 'over TLS', ({ openssl }) => {
  const folder = mkdtempSync(join(tmpdir(), 'cs-tls-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string) => join(folder, name);
  const make = (name: string) =>
    execFileSync(
      openssl,
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
        ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
        ...['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)],
      ],
      { stdio: 'pipe' },
    );
  const env = (certificate: string, key: string) => ({
    API_TLS_CERTIFICATE_FILE: file(certificate),
    API_TLS_KEY_FILE: file(key),
    API_TLS_PORT: '0',
  });

  test('the same is answered as without, also off the loopback, from TLS 1.2 on', async () => {
    make('server');
    await using rig = await startApiRig(undefined, { HOST: '0.0.0.0', ...env('server.crt', 'server.key') });
    const ask = (options: object = {}) =>
      new Promise<{ status: number; body: string }>((resolve, reject) => {
        const port = rig.tlsPort as number;
        const ca = readFileSync(file('server.crt'));
        request({ host: 'localhost', port, path: '/', ca, ...options }, (response) => {
          let body = '';
          response.on('data', (chunk: Buffer) => {
            body += chunk.toString();
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        })
          .on('error', reject)
          .end();
      });
    const answer = await ask();
    expect([answer.status, JSON.parse(answer.body).Code]).toEqual([400, 'MissingAuthorization']);
    expect((await ask({ path: '/healthz' })).body).toBe('ok');
    await expect(ask({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).rejects.toThrow();
  });

  test('a certificate and the key of another one are refused before anything starts', () => {
    make('one');
    make('other');
    expect(() => loadConfig('api', env('one.crt', 'other.key'))).toThrow(
      /API_TLS_CERTIFICATE, API_TLS_KEY: they cannot be used together/,
    );
    expect(() => loadConfig('api', { API_TLS_KEY_FILE: file('one.key') })).toThrow(/one of them is missing/);
  });
});
