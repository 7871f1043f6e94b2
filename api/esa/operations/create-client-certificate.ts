import { z } from 'zod';
import { describeCertificate } from '../../../core/ca/certificate.ts';
import { parseCsr } from '../../../core/ca/csr/csr.ts';
import { describeAsGo } from '../../../core/ca/go-names.ts';
import { type KeyType, MAX_DAYS, MIN_DAYS } from '../../../core/ca/profile.ts';
import type { Request } from '../../../core/store/rows.ts';
import type { ApiDeps } from '../../deps.ts';
import { EsaError } from '../error.ts';
import { esaId, managedCaId, validityDays, zuluTime } from '../formats.ts';
import { defineOperation } from '../operation.ts';
import { invalid } from '../parameters.ts';

/** In any case of letters; `EC` and `ECC` are other words for the same. */
const KEY_TYPES: Readonly<Record<string, KeyType>> = {
  RSA: 'rsa-2048',
  ECDSA: 'ec-p256',
  ECC: 'ec-p256',
  EC: 'ec-p256',
};

/**
 * Signs a client certificate with the account's managed authority. Without a CSR the key is made here, in memory, and
 * is in the answer and nowhere else; its certificate is revoked when the answer cannot be written to its end.
 */
export const createClientCertificate = defineOperation({
  name: 'CreateClientCertificate',
  methods: ['POST'],
  group: 'certificates',
  access: 'write',
  summary: 'Issues a client certificate; without a CSR also its private key, which is answered this once.',
  about: 'site',
  parameters: z.object({
    CSR: z.string().max(100_000).optional(),
    PkeyType: z.string().max(16).optional(),
    ValidityDays: z
      .int('give a whole number of days')
      .min(MIN_DAYS, `give at least ${MIN_DAYS} day`)
      .max(MAX_DAYS, `give at most ${MAX_DAYS} days`),
  }),
  answer: z.object({
    Id: z.string(),
    Status: z.literal('active'),
    Certificate: z.string(),
    PrivateKey: z.string().optional(),
    CommonName: z.string(),
    NotBefore: z.string(),
    NotAfter: z.string(),
    Issuer: z.string(),
    SerialNumber: z.string(),
    FingerprintSha256: z.string(),
    SignatureAlgorithm: z.string(),
    ValidityDays: z.string(),
    CACertificateId: z.string(),
  }),
  async run({ deps, site, parameters, ask, recordWritten }) {
    const { CSR, PkeyType, ValidityDays } = parameters;
    const common = { siteId: site.id, validityDays: ValidityDays };
    if (CSR) {
      const csr = parseCsr(CSR);
      const name = csr.subject.commonName ?? site.name;
      const payload = { method: 'csr' as const, name, csr: Buffer.from(csr.der).toString('base64'), ...common };
      const done = await ask('issue', payload);
      recordWritten(done);
      return answer(deps, done);
    }
    const { spki, privateKeyPkcs8Pem } = await deps.makeKeyPair(requireKeyType(PkeyType));
    const payload = { method: 'public_key' as const, name: site.name, spki: Buffer.from(spki).toString('base64') };
    const done = await ask('issue', { ...payload, ...common });
    recordWritten(done);
    return { ...(await answer(deps, done)), PrivateKey: privateKeyPkcs8Pem };
  },
});

function requireKeyType(given: string | undefined): KeyType {
  if (!given) throw new EsaError('InvalidParameter', 'One of the parameters CSR and PkeyType is needed.');
  const keyType = Object.hasOwn(KEY_TYPES, given.toUpperCase()) ? KEY_TYPES[given.toUpperCase()] : undefined;
  if (!keyType) throw invalid('PkeyType', 'it is RSA or ECDSA.');
  return keyType;
}

async function answer({ store }: ApiDeps, done: Request) {
  const row = await store.certificate(String(done.outcome?.['certificateId']));
  if (!row?.certificate) throw new EsaError('InternalError', 'The certificate that was issued is not there.');
  const { pem } = describeCertificate(row.certificate);
  const described = describeAsGo(row.certificate);
  return {
    Id: esaId(row.id),
    Status: 'active',
    Certificate: pem,
    CommonName: described.commonName,
    NotBefore: zuluTime(row.notBefore),
    NotAfter: zuluTime(row.notAfter),
    Issuer: described.issuer,
    SerialNumber: row.serial,
    FingerprintSha256: row.fingerprint,
    SignatureAlgorithm: described.signatureAlgorithm,
    ValidityDays: validityDays(row.notBefore, row.notAfter),
    CACertificateId: managedCaId(row.accountId),
  };
}
