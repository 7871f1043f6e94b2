import { readCertificate } from './fields.ts';
import { readName } from './name.ts';

/**
 * A subject as those compare it who look for an issuer by its name: RFC 5280 7.1, which OpenSSL follows by folding case
 * and white space. Two certificates with one of these are the same issuer to an edge, whatever their octets.
 * @throws DerError when the octets are not a certificate.
 */
export function comparableSubject(certificateDer: Uint8Array): string {
  const name = readName(readCertificate(certificateDer).subject);
  return JSON.stringify(name.map((rdn) => rdn.map(({ oid, text }) => `${oid}=${fold(text ?? '')}`).sort()));
}

const fold = (text: string) => text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
