import { execFileSync } from 'node:child_process';
import { createDecipheriv, createHash, createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encryptTripleDes } from '../../../api/page/triple-des.ts';
import { buildPkcs12, findPasswordDefect, type Pkcs12Strength } from '../../../core/ca/pkcs12/pkcs12.ts';
import { describeWith, tools } from '../../support/tools.ts';

const PASSWORD = 'correct horse "battery" $taple';
const folder = mkdtempSync(join(tmpdir(), 'cs-p12-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);
const openssl = (...args: string[]) =>
  execFileSync(tools.openssl ?? 'openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
const random = (octets: number) => Uint8Array.from(randomBytes(octets));

beforeAll(() => {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=An authority',
    '-days',
    '10',
  );
  openssl(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'leaf.key',
    '-out',
    'leaf.csr',
    '-subj',
    '/CN=alice-laptop',
  );
  openssl('x509', '-req', '-in', 'leaf.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-out', 'leaf.pem', '-days', '5');
});

const certificate = (name: string) => new X509Certificate(readFileSync(path(name)));

async function build(strength: Pkcs12Strength, friendlyName = 'alice-laptop'): Promise<string> {
  const privateKey = createPrivateKey(readFileSync(path('leaf.key'))).export({ format: 'der', type: 'pkcs8' });
  const certificates = [certificate('leaf.pem').raw, certificate('ca.pem').raw];
  const means = { random, tripleDes: encryptTripleDes };
  const file = await buildPkcs12({ friendlyName, privateKey, certificates }, PASSWORD, strength, means);
  writeFileSync(path(`${strength}.p12`), file);
  return path(`${strength}.p12`);
}

it('3DES is what OpenSSL makes of it', () => {
  for (const size of [0, 1, 7, 8, 9, 1000]) {
    const [key, iv, plain] = [randomBytes(24), randomBytes(8), randomBytes(size)];
    const decipher = createDecipheriv('des-ede3-cbc', key, iv);
    const back = Buffer.concat([decipher.update(encryptTripleDes(key, iv, plain)), decipher.final()]);
    expect(back.equals(plain)).toBe(true);
  }
});

describeWith('openssl', 'OpenSSL', () => {
  it.each([
    ['modern', []],
    ['compatible', ['-legacy']],
  ] as const)('opens a %s file: the key, the leaf with its name, the authority', async (strength, extra) => {
    const file = await build(strength, 'alice “laptop” ✓');
    const text = openssl('pkcs12', '-in', file, '-passin', `pass:${PASSWORD}`, '-nodes', ...extra).toString();
    const key = /-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----/.exec(text)?.[0] ?? '';
    const [leaf = '', ca = ''] = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
    expect(new X509Certificate(leaf).checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(new X509Certificate(leaf).fingerprint256).toBe(certificate('leaf.pem').fingerprint256);
    expect(new X509Certificate(ca).fingerprint256).toBe(certificate('ca.pem').fingerprint256);
    const ids = text.match(/localKeyID: ([0-9A-F ]+)/g) ?? [];
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('refuses the wrong password', async () => {
    const file = await build('modern');
    expect(() => openssl('pkcs12', '-in', file, '-passin', 'pass:wrong-password', '-nodes')).toThrow(/mac verify/i);
  });

  it('says which algorithms are used', async () => {
    const info = (file: string, ...extra: string[]) => {
      const args = ['pkcs12', '-in', file, '-passin', `pass:${PASSWORD}`, '-info', '-nokeys', '-nocerts', ...extra];
      return execFileSync('sh', ['-c', 'exec "$0" "$@" 2>&1', tools.openssl ?? 'openssl', ...args], {
        cwd: folder,
      }).toString();
    };
    const modern = info(await build('modern'));
    expect(modern).toMatch(/MAC: sha256/i);
    expect(modern).toMatch(/PBES2, PBKDF2, AES-256-CBC, Iteration 100000, PRF hmacWithSHA256/);
    const compatible = info(await build('compatible'), '-legacy');
    expect(compatible).toMatch(/MAC: sha1/i);
    expect(compatible).toContain('pbeWithSHA1And3-KeyTripleDES-CBC');
  });
});

describeWith('certtool', 'GnuTLS', ({ certtool }) => {
  it.each(['modern', 'compatible'] as const)('opens a %s file', async (strength) => {
    const file = await build(strength);
    const text = execFileSync(certtool, ['--p12-info', '--inder', '--infile', file, '--password', PASSWORD], {
      stdio: ['ignore', 'pipe', 'pipe'],
    }).toString();
    expect(text).toContain('alice-laptop');
    const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----[\s\S]+?-----END ENCRYPTED PRIVATE KEY-----/.exec(
      text,
    )?.[0];
    const key = execFileSync(certtool, ['--key-info', '--pkcs8', '--password', PASSWORD], {
      input: `${encrypted}\n`,
    }).toString();
    // The pin of the public key that belongs to it.
    const spki = certificate('leaf.pem').publicKey.export({ format: 'der', type: 'spki' });
    expect(key).toContain(`pin-sha256:${createHash('sha256').update(spki).digest('base64')}`);
    expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });
});

it('passwords that programs read differently are refused, with what to do', async () => {
  expect(findPasswordDefect('short')).toContain('at least 8');
  expect(findPasswordDefect('pässwörter')).toContain('without accents');
  expect(findPasswordDefect(`a\u0000bcdefgh`)).toBeDefined();
  expect(findPasswordDefect('x'.repeat(129))).toContain('at most 128');
  expect(findPasswordDefect(PASSWORD)).toBeUndefined();
  const content = { friendlyName: 'a', privateKey: new Uint8Array(1), certificates: [new Uint8Array(1)] };
  await expect(buildPkcs12(content, '', 'modern', { random, tripleDes: encryptTripleDes })).rejects.toThrow(RangeError);
});
