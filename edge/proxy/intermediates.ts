import { readFile, stat } from 'node:fs/promises';
import { type ChainCertificate, readChainCertificate } from '../decide/certificate.ts';

const MOST_OCTETS = 1_048_576;
const MOST = 100;
const BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;

/**
 * A PEM file of intermediates. What is around the certificates in it is left out, as OpenSSL does.
 * @throws Error with the sentence that says what is wrong, and with which certificate.
 */
export async function readIntermediates(path: string): Promise<ChainCertificate[]> {
  const { size } = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`the intermediates cannot be read: ${path} (${error.code})`);
  });
  if (size > MOST_OCTETS) throw new Error(`the file of intermediates is longer than ${MOST_OCTETS} octets: ${path}`);
  const ders = [...(await readFile(path, 'latin1')).matchAll(BLOCK)].map(([, base64 = '']) =>
    Buffer.from(base64, 'base64'),
  );
  if (ders.length === 0) throw new Error(`the file of intermediates holds no certificate in PEM: ${path}`);
  if (ders.length > MOST) throw new Error(`the file of intermediates holds more than ${MOST} certificates: ${path}`);
  return ders.map((der, index) => {
    const certificate = readOr(der, `certificate ${index + 1} of the intermediates cannot be read`);
    if (certificate.isCa) return certificate;
    const { subject } = certificate.x509;
    throw new Error(`certificate ${index + 1} of the intermediates is no authority: ${subject.replaceAll('\n', ', ')}`);
  });
}

function readOr(der: Uint8Array, problem: string): ChainCertificate {
  try {
    return readChainCertificate(der);
  } catch (error) {
    throw new Error(`${problem}: ${(error as Error).message}`);
  }
}
