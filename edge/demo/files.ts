import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toPem } from '../../core/ca/certificate.ts';
import { makeDemoCertificate } from './certificate.ts';

const DAY_MS = 86_400_000;
/** Clients refuse server certificates of more than 398 days; some do so below authorities of one's own, too. */
const SERVER_DAYS = 390;
const RENEWED_DAYS = 30;
const AUTHORITY_NAME = 'Countersign sandbox servers';

export type DemoFiles = { authority: string; certificate: string; key: string };

/** The server's certificate and the authority that made it, as files: those of the last start while they last. */
export function obtainDemoFiles(folder: string, hostname: string, now: Date): DemoFiles {
  const files = {
    authority: join(folder, 'ca.pem'),
    certificate: join(folder, 'server.pem'),
    key: join(folder, 'server.key'),
  };
  if (areUsable(files, hostname, now)) return files;
  const later = (days: number) => new Date(now.getTime() + days * DAY_MS);
  const notBefore = later(-1);
  const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  // The authority's key is forgotten with this function: the next certificate comes with the next authority.
  const [authorityKey, serverKey] = [newKey(), newKey()];
  const authority = makeDemoCertificate({
    name: AUTHORITY_NAME,
    key: authorityKey,
    issuer: undefined,
    notBefore,
    notAfter: later(SERVER_DAYS),
  });
  const server = makeDemoCertificate({
    name: hostname,
    key: serverKey,
    issuer: { name: AUTHORITY_NAME, key: authorityKey },
    notBefore,
    notAfter: later(SERVER_DAYS),
  });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  write(files.key, pemOf(serverKey));
  write(files.certificate, toPem(server, 'CERTIFICATE'));
  write(files.authority, toPem(authority, 'CERTIFICATE'));
  return files;
}

function areUsable(files: DemoFiles, hostname: string, now: Date): boolean {
  try {
    const authority = new X509Certificate(readFileSync(files.authority));
    const certificate = new X509Certificate(readFileSync(files.certificate));
    const lastsUntil = new Date(certificate.validTo).getTime();
    return (
      certificate.checkHost(hostname) !== undefined &&
      certificate.verify(authority.publicKey) &&
      certificate.checkPrivateKey(createPrivateKey(readFileSync(files.key))) &&
      lastsUntil - now.getTime() > RENEWED_DAYS * DAY_MS
    );
  } catch {
    return false;
  }
}

function pemOf(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function write(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
