import 'reflect-metadata/lite';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { expect, it } from 'vitest';
import { readPresented } from '../../../edge/decide/verify.ts';

const EC = { name: 'ECDSA', namedCurve: 'P-256' };
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

/** A certificate for an RSA key of so many bits that nobody has. */
async function withKeyOf(bits: number): Promise<Uint8Array> {
  const modulus = randomBytes(bits / 8);
  modulus[0] = 0xff;
  modulus[modulus.length - 1] = 0xff;
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' };
  const { privateKey } = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '01',
    subject: 'CN=large',
    issuer: 'CN=large',
    publicKey: await webcrypto.subtle.importKey('jwk', jwk, RSA, true, ['verify']),
    signingKey: privateKey,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [new x509.BasicConstraintsExtension(false)],
  });
  return new Uint8Array(certificate.rawData);
}

it('a client cannot have signatures checked with a key of any size', async () => {
  expect(readPresented([await withKeyOf(4_096)]).certificates).toHaveLength(1);
  expect(readPresented([await withKeyOf(16_384)]).certificates).toBeUndefined();
});
