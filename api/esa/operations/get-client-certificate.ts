import { z } from 'zod';
import { describeCertificate } from '../../../core/ca/certificate.ts';
import {
  CERTIFICATE_ITEM,
  certificateItem,
  certificateNotFound,
  requireUuid,
  SITE_FIELDS,
  siteFields,
} from '../certificate-model.ts';
import { defineOperation } from '../operation.ts';
import { ID } from '../parameters.ts';

export const getClientCertificate = defineOperation({
  name: 'GetClientCertificate',
  methods: ['GET'],
  group: 'certificates',
  access: 'read',
  summary: 'Tells about one client certificate. Its private key is not here.',
  about: 'site',
  parameters: z.object({ Id: ID }),
  answer: z.object({
    ...SITE_FIELDS,
    Status: z.enum(['active', 'revoked']),
    Certificate: z.string(),
    Result: CERTIFICATE_ITEM,
  }),
  async run({ deps, site, parameters }) {
    const row = await deps.store.apiCertificate(site.id, requireUuid(parameters.Id));
    if (!row) throw certificateNotFound();
    const item = certificateItem(row);
    const { pem } = describeCertificate(row.certificate);
    return { ...siteFields(site), Status: item.Status, Certificate: pem, Result: item };
  },
});
