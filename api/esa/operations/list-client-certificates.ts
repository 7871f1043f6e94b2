import { z } from 'zod';
import { CERTIFICATE_ITEM, certificateItem, SITE_FIELDS, siteFields } from '../certificate-model.ts';
import { defineOperation } from '../operation.ts';
import { PAGE_NUMBER, PAGE_SIZE } from '../parameters.ts';

export const listClientCertificates = defineOperation({
  name: 'ListClientCertificates',
  methods: ['GET'],
  group: 'certificates',
  access: 'read',
  summary: 'Lists the client certificates of a site, newest first, revoked ones as well.',
  about: 'site',
  parameters: z.object({ PageNumber: PAGE_NUMBER, PageSize: PAGE_SIZE }),
  answer: z.object({
    ...SITE_FIELDS,
    PageNumber: z.int(),
    PageSize: z.int(),
    TotalCount: z.int(),
    Result: z.array(CERTIFICATE_ITEM),
  }),
  async run({ deps: { store }, site, parameters: { PageNumber, PageSize } }) {
    const page = { offset: (PageNumber - 1) * PageSize, limit: PageSize };
    const { total, rows } = await store.apiCertificates(site.id, page);
    return {
      ...siteFields(site),
      PageNumber,
      PageSize,
      TotalCount: total,
      Result: rows.map(certificateItem),
    };
  },
});
