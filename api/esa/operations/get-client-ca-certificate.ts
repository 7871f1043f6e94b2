import { z } from 'zod';
import { toPem } from '../../../core/ca/certificate.ts';
import { CA_MODEL, caModel, caNotFound, requireCa } from '../ca-model.ts';
import { defineOperation } from '../operation.ts';
import { ID } from '../parameters.ts';

export const getClientCaCertificate = defineOperation({
  name: 'GetClientCaCertificate',
  methods: ['GET'],
  group: 'authorities',
  access: 'read',
  summary: 'Answers with one custom CA and its certificate.',
  about: 'site',
  parameters: z.object({ Id: ID }),
  answer: z.object({
    SiteId: z.int(),
    SiteName: z.string(),
    Status: z.string(),
    Certificate: z.string(),
    Result: CA_MODEL,
  }),
  async run({ deps, site, parameters: { Id } }) {
    const authority = await requireCa(deps, site, Id);
    if (authority.deletedAt !== null) throw caNotFound();
    const Result = caModel(authority);
    return {
      SiteId: site.number,
      SiteName: site.name,
      Status: Result.Status,
      Certificate: toPem(authority.certificate, 'CERTIFICATE'),
      Result,
    };
  },
});
