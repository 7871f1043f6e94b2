/** Certificates for messages: what they say, in text. */
import { hash } from 'node:crypto';
import { DerError } from './der/reader.ts';
import { timeOf } from './der/values.ts';
import { readCertificate } from './fields.ts';
import { formatName, readName } from './name.ts';
import { readPublicKey } from './public-key.ts';
import { serialOf } from './serial.ts';

export type CertificateDescription = {
  /** Canonical, see serial.ts. */
  serial: string;
  /** RFC 4514. */
  subject: string;
  issuer: string;
  notBefore: Date;
  notAfter: Date;
  /** Lower-case hex, as are all fingerprints here. */
  fingerprintSha256: string;
  spkiSha256: string;
  keyAlgorithm: string;
  pem: string;
};

/** Throws DerError when the octets are not a certificate in strict DER. */
export function describeCertificate(der: Uint8Array): CertificateDescription {
  const fields = readCertificate(der);
  const notBefore = timeOf(fields.notBefore);
  const notAfter = timeOf(fields.notAfter);
  if (!notBefore || !notAfter) throw new DerError('a time is malformed', fields.notBefore.start);
  const key = readPublicKey(fields.spki);
  return {
    serial: serialOf(fields.serial),
    subject: formatName(readName(fields.subject)),
    issuer: formatName(readName(fields.issuer)),
    notBefore,
    notAfter,
    fingerprintSha256: hash('sha256', der),
    spkiSha256: hash('sha256', fields.spki),
    keyAlgorithm: 'defect' in key ? 'unknown' : key.label,
    pem: toPem(der, 'CERTIFICATE'),
  };
}

/** RFC 7468: 64 characters to the line, a line feed at the end. */
export function toPem(
  der: Uint8Array,
  label: 'CERTIFICATE' | 'CERTIFICATE REQUEST' | 'PRIVATE KEY' | 'PUBLIC KEY',
): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64');
  return `-----BEGIN ${label}-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;
}
