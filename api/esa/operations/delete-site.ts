import { z } from 'zod';
import { defineOperation } from '../operation.ts';

/** Certificates stay valid. A site with bound hostnames is not removed: its protection would go with it unsaid. */
export const deleteSite = defineOperation({
  name: 'DeleteSite',
  methods: ['POST'],
  group: 'sites',
  access: 'write',
  summary: 'Removes a site that no hostname is bound in.',
  about: 'site',
  alsoRemoved: true,
  parameters: z.object({}),
  answer: z.object({}),
  refusals: { not_found: 'InvalidParameter.SiteId' },
  stillSo: async ({ store }, done) => {
    const site = await store.site(done.accountId, String(done.outcome?.['siteId']));
    return site?.state === 'removed';
  },
  async run({ site, ask }) {
    await ask('site_remove', { name: site.name, siteId: site.id });
    return {};
  },
});
