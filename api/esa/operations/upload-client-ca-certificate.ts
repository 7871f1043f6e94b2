import { z } from 'zod';
import { describeCertificate } from '../../../core/ca/certificate.ts';
import { describeAsGo } from '../../../core/ca/go-names.ts';
import { readCertificateOctets } from '../../../core/ca/uploaded/uploaded.ts';
import { CountersignError } from '../../../core/errors.ts';
import type { Request, UploadedAuthority } from '../../../core/store/rows.ts';
import type { ApiDeps } from '../../deps.ts';
import { esaId, validityDays, zuluTime } from '../formats.ts';
import { defineOperation } from '../operation.ts';

/** Takes the root of a custom CA in. What it is, and whether there is a place for it, the worker looks at. */
export const uploadClientCaCertificate = defineOperation({
  name: 'UploadClientCaCertificate',
  methods: ['POST'],
  group: 'authorities',
  access: 'write',
  summary: 'Uploads the self-signed root of a custom CA. It is trusted nowhere until hostnames are bound to it.',
  about: 'site',
  parameters: z.object({
    Certificate: z.string().min(1),
    Name: z.string().max(200).default(''),
  }),
  answer: z.object({
    Id: z.string(),
    Status: z.string(),
    CommonName: z.string(),
    NotBefore: z.string(),
    NotAfter: z.string(),
    Issuer: z.string(),
    SerialNumber: z.string(),
    FingerprintSha256: z.string(),
    SignatureAlgorithm: z.string(),
    ValidityDays: z.string(),
  }),
  stillSo: async (deps, done) => (await uploadedBy(deps, done))?.deletedAt === null,
  async run({ deps, site, parameters, ask }) {
    const certificate = Buffer.from(readCertificateOctets(parameters.Certificate)).toString('base64');
    const done = await ask('ca_upload', { siteId: site.id, name: parameters.Name, certificate });
    const authority = await uploadedBy(deps, done);
    if (!authority) throw new CountersignError('internal', { details: { reason: 'uploaded, and not there' } });
    const { serial } = describeCertificate(authority.certificate);
    const { commonName, issuer, signatureAlgorithm } = describeAsGo(authority.certificate);
    return {
      Id: esaId(authority.id),
      Status: 'OK',
      CommonName: commonName,
      NotBefore: zuluTime(authority.notBefore),
      NotAfter: zuluTime(authority.notAfter),
      Issuer: issuer,
      SerialNumber: serial,
      FingerprintSha256: authority.fingerprint,
      SignatureAlgorithm: signatureAlgorithm,
      ValidityDays: validityDays(authority.notBefore, authority.notAfter),
    };
  },
});

function uploadedBy({ store }: ApiDeps, done: Request): Promise<UploadedAuthority | undefined> {
  return store.uploadedAuthority(String(done.outcome?.['authorityId'] ?? ''));
}
