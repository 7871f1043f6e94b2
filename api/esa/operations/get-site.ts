import { z } from 'zod';
import { defineOperation } from '../operation.ts';
import { SITE_MODEL, siteModel } from '../site-model.ts';

export const getSite = defineOperation({
  name: 'GetSite',
  methods: ['GET'],
  group: null,
  access: 'read',
  summary: 'Tells about one site.',
  about: 'site',
  parameters: z.object({}),
  answer: z.object({ SiteModel: SITE_MODEL.extend({ VersionManagement: z.boolean() }) }),
  run: async ({ site }) => ({ SiteModel: { ...siteModel(site), VersionManagement: false } }),
});
