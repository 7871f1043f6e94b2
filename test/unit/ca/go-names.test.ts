import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeAsGo } from '../../../core/ca/go-names.ts';
import { describeWith } from '../../support/tools.ts';

describeWith('openssl', 'certificates in the words of Go', ({ openssl }) => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cs-go-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const make = (...args: string[]) => {
    const pem = execFileSync(
      openssl,
      ['req', '-x509', '-nodes', '-days', '2', '-keyout', join(folder, 'key.pem'), ...args],
      { encoding: 'utf8', stdio: 'pipe' },
    );
    return describeAsGo(new X509Certificate(pem).raw);
  };
  const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const PSS = ['-sigopt', 'rsa_padding_mode:pss'];

  it.each([
    ['RSA', ['-newkey', 'rsa:2048', '-sha256'], 'SHA256-RSA', 'RSA'],
    ['RSA with SHA-1', ['-newkey', 'rsa:2048', '-sha1'], 'SHA1-RSA', 'RSA'],
    ['RSA-PSS', ['-newkey', 'rsa:2048', '-sha384', ...PSS], 'SHA384-RSAPSS', 'RSA'],
    ['ECDSA', [...EC, '-sha512'], 'ECDSA-SHA512', 'ECDSA'],
    ['Ed25519', ['-newkey', 'ed25519'], 'Ed25519', 'Ed25519'],
  ])('%s', (_, args, signatureAlgorithm, publicKeyAlgorithm) => {
    expect(make(...args, '-subj', '/CN=x')).toMatchObject({ signatureAlgorithm, publicKeyAlgorithm });
  });

  it('names, and what stands in for them', () => {
    const alternatives = 'subjectAltName=DNS:a.example,IP:192.0.2.1,URI:spiffe://a/b';
    expect(make(...EC, '-subj', '/O=Org/CN=Büro', '-utf8', '-addext', alternatives)).toMatchObject({
      commonName: 'Büro',
      issuer: 'Büro',
      san: 'a.example,192.0.2.1,spiffe://a/b',
    });
    expect(make(...EC, '-subj', '/O=Org')).toMatchObject({ commonName: '', issuer: 'Org', san: '' });
  });
});
