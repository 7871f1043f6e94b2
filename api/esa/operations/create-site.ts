import { z } from 'zod';
import { EsaError } from '../error.ts';
import { defineOperation } from '../operation.ts';

/**
 * What a site is to the vendor's nodes (how it is reached, where, in which plan) means nothing here: it is asked for
 * because the vendor's clients send it. With one account in the installation a site is active at once.
 */
export const createSite = defineOperation({
  name: 'CreateSite',
  methods: ['POST'],
  group: 'sites',
  access: 'write',
  summary: 'Adds a site. The key must be for all sites.',
  about: 'account',
  parameters: z.object({
    SiteName: z.string().min(1).max(253),
    AccessType: z.enum(['NS', 'CNAME']),
    Coverage: z.enum(['domestic', 'global', 'overseas']),
    InstanceId: z.string().max(128),
    ResourceGroupId: z.string().max(128).optional(),
  }),
  answer: z.object({ SiteId: z.int(), NameServerList: z.string(), VerifyCode: z.string() }),
  async run({ deps, key, parameters, ask }) {
    const { outcome } = await ask('site_add', { name: parameters.SiteName });
    const site = await deps.store.site(key.accountId, String(outcome?.['siteId']));
    if (!site) throw new EsaError('InternalError', 'The site was removed again at the same moment.');
    return { SiteId: site.number, NameServerList: '', VerifyCode: '' };
  },
});
