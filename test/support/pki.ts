import 'reflect-metadata/lite';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/**
 * Certificates of every make, good and bad, for handshakes. Made by another library than the one that judges them, and
 * with nothing in between that would refuse a bad one.
 */
x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

const KINDS = {
  ec: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  },
  'rsa-1024': {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 1024,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  },
} as const;

export type Made = {
  der: Uint8Array;
  pem: string;
  keyPem: string;
  keys: webcrypto.CryptoKeyPair;
  subject: string;
  /** Canonical. */
  serial: string;
  fingerprintSha256: string;
};

type Wanted = {
  subject: string;
  /** Undefined: signs itself. */
  issuer?: Made;
  serial?: string;
  kind?: keyof typeof KINDS;
  keys?: webcrypto.CryptoKeyPair;
  /** Days from now; negative ones are past. */
  from?: number;
  until?: number;
  extensions?: x509.Extension[];
};

const DAY_MS = 86_400_000;
let count = 0;

export async function makeCertificate(wanted: Wanted): Promise<Made> {
  const kind = KINDS[wanted.kind ?? 'ec'];
  const keys = wanted.keys ?? (await webcrypto.subtle.generateKey(kind, true, ['sign', 'verify']));
  const now = Date.now();
  count += 1;
  const serial = wanted.serial ?? (0x10_00_00_00_00 + count).toString(16).padStart(10, '0');
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: wanted.subject,
    issuer: wanted.issuer?.subject ?? wanted.subject,
    notBefore: new Date(now + (wanted.from ?? -1) * DAY_MS),
    notAfter: new Date(now + (wanted.until ?? 30) * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: (wanted.issuer?.keys ?? keys).privateKey,
    signingAlgorithm: { name: (wanted.issuer?.keys ?? keys).privateKey.algorithm.name, hash: 'SHA-256' },
    extensions: wanted.extensions ?? [],
  });
  const der = new Uint8Array(certificate.rawData);
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    der,
    pem: `${certificate.toString('pem')}\n`,
    keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{1,64}/g, '$&\n')}-----END PRIVATE KEY-----\n`,
    keys,
    subject: wanted.subject,
    serial: certificate.serialNumber.toLowerCase().replace(/^(00)+(?=.)/, ''),
    fingerprintSha256: Buffer.from(await certificate.getThumbprint('SHA-256')).toString('hex'),
  };
}

const { KeyUsageFlags } = x509;

export function makeAuthority(
  subject: string,
  wanted: Partial<Wanted> & { pathLength?: number; isCa?: boolean; usages?: x509.KeyUsageFlags; eku?: string[] } = {},
): Promise<Made> {
  const { pathLength, isCa = true, usages = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, eku } = wanted;
  return makeCertificate({
    until: 3650,
    ...wanted,
    subject,
    extensions: [
      new x509.BasicConstraintsExtension(isCa, isCa ? pathLength : undefined, true),
      new x509.KeyUsagesExtension(usages, true),
      ...(eku ? [new x509.ExtendedKeyUsageExtension(eku)] : []),
      ...(wanted.extensions ?? []),
    ],
  });
}

export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

/** @param eku null: no such extension */
export function makeLeaf(
  subject: string,
  issuer: Made | undefined,
  wanted: Partial<Wanted> & { eku?: string[] | null; usages?: x509.KeyUsageFlags } = {},
): Promise<Made> {
  const { eku = [CLIENT_AUTH], usages = KeyUsageFlags.digitalSignature } = wanted;
  return makeCertificate({
    ...wanted,
    subject,
    ...(issuer ? { issuer } : {}),
    extensions: [
      new x509.KeyUsagesExtension(usages, true),
      ...(eku ? [new x509.ExtendedKeyUsageExtension(eku)] : []),
      ...(wanted.extensions ?? []),
    ],
  });
}

/** A server's certificate for these names. */
export function makeServerCertificate(issuer: Made, names: readonly string[]): Promise<Made> {
  return makeLeaf(`CN=${names[0]}`, issuer, {
    eku: [SERVER_AUTH],
    extensions: [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })))],
  });
}

/** An extension that nobody knows. */
export function unknownExtension(critical: boolean, value: Uint8Array = Uint8Array.of(5, 0)): x509.Extension {
  return new x509.Extension('1.3.6.1.4.1.55555.1', critical, value);
}

/** Permits DNS names within this domain alone. */
export function permittedDns(domain: string): x509.Extension {
  const name = Buffer.from(domain, 'latin1');
  const subtree = Buffer.concat([Uint8Array.of(0x30, name.length + 2, 0x82, name.length), name]);
  const value = Buffer.concat([Uint8Array.of(0x30, subtree.length + 2, 0xa0, subtree.length), subtree]);
  return new x509.Extension('2.5.29.30', true, value);
}

export function dnsName(...names: string[]): x509.Extension {
  return new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })));
}
