import { z } from 'zod';
import { describeCertificate } from '../../core/ca/certificate.ts';
import { describeAsGo } from '../../core/ca/go-names.ts';
import type { Site, UploadedAuthority } from '../../core/store/rows.ts';
import type { ApiDeps } from '../deps.ts';
import { EsaError } from './error.ts';
import { esaId, spacedTime, uuidOf } from './formats.ts';

/** A custom CA as ListClientCaCertificates and GetClientCaCertificate answer with it. */
export function caModel(authority: UploadedAuthority) {
  const { serial } = describeCertificate(authority.certificate);
  const { commonName, issuer, san, signatureAlgorithm, publicKeyAlgorithm } = describeAsGo(authority.certificate);
  return {
    Id: esaId(authority.id),
    Name: authority.name,
    Status: 'OK',
    Type: 'upload',
    CommonName: commonName,
    NotBefore: spacedTime(authority.notBefore),
    NotAfter: spacedTime(authority.notAfter),
    Issuer: issuer,
    SAN: san,
    SignatureAlgorithm: signatureAlgorithm,
    PubkeyAlgorithm: publicKeyAlgorithm,
    SerialNumber: serial,
    FingerprintSha256: authority.fingerprint,
    CreateTime: spacedTime(authority.createdAt),
    UpdateTime: spacedTime(authority.updatedAt),
  };
}

export const CA_MODEL = z.object({
  Id: z.string(),
  Name: z.string(),
  Status: z.string(),
  Type: z.string(),
  CommonName: z.string(),
  NotBefore: z.string(),
  NotAfter: z.string(),
  Issuer: z.string(),
  SAN: z.string(),
  SignatureAlgorithm: z.string(),
  PubkeyAlgorithm: z.string(),
  SerialNumber: z.string(),
  FingerprintSha256: z.string(),
  CreateTime: z.string(),
  UpdateTime: z.string(),
});

/**
 * A custom CA of this site, also one that was deleted. One of another site or account and one that never was read alike.
 * @throws EsaError `Certificate.NotFound`.
 */
export async function requireCa({ store }: ApiDeps, site: Site, id: string): Promise<UploadedAuthority> {
  const uuid = uuidOf(id);
  const authority = uuid === undefined ? undefined : await store.uploadedAuthority(uuid);
  if (authority?.accountId === site.accountId && authority.siteId === site.id) return authority;
  throw caNotFound();
}

export function caNotFound(): EsaError {
  return new EsaError('Certificate.NotFound', 'There is no CA certificate with this Id in this site.');
}
