import { z } from 'zod';
import { describeAsGo } from '../../core/ca/go-names.ts';
import type { ApiCertificate } from '../../core/store/questions/api-certificates.ts';
import type { Certificate, Site } from '../../core/store/rows.ts';
import { EsaError } from './error.ts';
import { esaId, managedCaId, spacedTime, uuidOf } from './formats.ts';

/** A held certificate is revoked to the API, whoever holds it: nobody is let in with it. */
export function statusOf({ state }: Pick<Certificate, 'state'>): 'active' | 'revoked' {
  return state === 'active' ? 'active' : 'revoked';
}

/** A certificate as List and Get answer with it. */
export function certificateItem(row: ApiCertificate) {
  const described = describeAsGo(row.certificate);
  return {
    Id: esaId(row.id),
    Name: row.name,
    Status: statusOf(row),
    Type: 'dcdn',
    CommonName: described.commonName,
    NotBefore: spacedTime(row.notBefore),
    NotAfter: spacedTime(row.notAfter),
    Issuer: described.issuer,
    SAN: described.san,
    SignatureAlgorithm: described.signatureAlgorithm,
    PubkeyAlgorithm: described.publicKeyAlgorithm,
    SerialNumber: row.serial,
    FingerprintSha256: row.fingerprint,
    CACertificateId: managedCaId(row.accountId),
    CreateTime: spacedTime(row.createdAt),
    UpdateTime: spacedTime(row.changedAt ?? row.createdAt),
  };
}

export const CERTIFICATE_ITEM = z.object({
  Id: z.string(),
  Name: z.string(),
  Status: z.enum(['active', 'revoked']),
  Type: z.literal('dcdn'),
  CommonName: z.string(),
  NotBefore: z.string(),
  NotAfter: z.string(),
  Issuer: z.string(),
  SAN: z.string(),
  SignatureAlgorithm: z.string(),
  PubkeyAlgorithm: z.string(),
  SerialNumber: z.string(),
  FingerprintSha256: z.string(),
  CACertificateId: z.string(),
  CreateTime: z.string(),
  UpdateTime: z.string(),
});

/** The site of an answer. */
export function siteFields(site: Site) {
  return { SiteId: site.number, SiteName: site.name };
}

export const SITE_FIELDS = { SiteId: z.int(), SiteName: z.string() } as const;

/** @throws EsaError `Certificate.NotFound`, for what is no Id as for what is not there. */
export function requireUuid(id: string): string {
  const uuid = uuidOf(id);
  if (uuid === undefined) throw certificateNotFound();
  return uuid;
}

export function certificateNotFound(): EsaError {
  return new EsaError('Certificate.NotFound', 'There is no certificate with this Id in this site.');
}
