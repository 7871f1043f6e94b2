import { z } from 'zod';
import { CA_MODEL, caModel } from '../ca-model.ts';
import { defineOperation } from '../operation.ts';
import { PAGE_NUMBER, PAGE_SIZE } from '../parameters.ts';

/** The custom CAs of a site, newest first. The managed authority is not among them. */
export const listClientCaCertificates = defineOperation({
  name: 'ListClientCaCertificates',
  methods: ['GET'],
  group: 'authorities',
  access: 'read',
  summary: 'Lists the custom CAs of a site, newest first.',
  about: 'site',
  parameters: z.object({ PageNumber: PAGE_NUMBER, PageSize: PAGE_SIZE }),
  answer: z.object({
    SiteId: z.int(),
    SiteName: z.string(),
    PageNumber: z.int(),
    PageSize: z.int(),
    TotalCount: z.int(),
    Result: z.array(CA_MODEL),
  }),
  async run({ deps, site, parameters: { PageNumber, PageSize } }) {
    const page = { offset: (PageNumber - 1) * PageSize, limit: PageSize };
    const [found, total] = await Promise.all([
      deps.store.uploadedAuthoritiesOfSite(site.id, page),
      deps.store.countUploadedAuthorities(site.id),
    ]);
    return {
      SiteId: site.number,
      SiteName: site.name,
      PageNumber,
      PageSize,
      TotalCount: total,
      Result: found.map(caModel),
    };
  },
});
