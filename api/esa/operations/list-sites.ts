import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { keyCovers } from '../../../core/access/key.ts';
import type { Site } from '../../../core/store/rows.ts';
import { defineOperation } from '../operation.ts';
import { PAGE_NUMBER } from '../parameters.ts';
import { SITE_MODEL, siteModel } from '../site-model.ts';

const SEARCHES: Readonly<Record<string, (name: string, wanted: string) => boolean>> = {
  exact: (name, wanted) => name === wanted,
  prefix: (name, wanted) => name.startsWith(wanted),
  suffix: (name, wanted) => name.endsWith(wanted),
  fuzzy: (name, wanted) => name.includes(wanted),
};

/** Those of the account that the key is for, by name; this is where a client learns a SiteId. */
export const listSites = defineOperation({
  name: 'ListSites',
  methods: ['GET'],
  group: null,
  access: 'read',
  summary: 'Lists the sites that the key is for.',
  about: 'account',
  parameters: z.object({
    SiteName: z.string().max(300).optional(),
    SiteSearchType: z.enum(['exact', 'prefix', 'suffix', 'fuzzy']).default('exact'),
    PageNumber: PAGE_NUMBER,
    PageSize: z.int().min(1).max(500).default(500),
    Status: z.string().optional(),
    AccessType: z.string().optional(),
    Coverage: z.string().optional(),
    PlanSubscribeType: z.string().optional(),
    OnlyEnterprise: z.boolean().optional(),
    ResourceGroupId: z.string().optional(),
    OrderBy: z.enum(['gmtCreate', 'visitTime']).optional(),
    TagFilter: z.array(z.object({ Key: z.string(), Value: z.string().optional() })).optional(),
  }),
  answer: z.object({
    TotalCount: z.int(),
    PageNumber: z.int(),
    PageSize: z.int(),
    Sites: z.array(SITE_MODEL),
  }),
  async run({ deps, key, parameters }) {
    const { PageNumber, PageSize, SiteName, SiteSearchType, OrderBy } = parameters;
    const matches = SEARCHES[SiteSearchType] ?? (() => false);
    const wanted = SiteName && inAscii(SiteName.toLowerCase());
    const fits = (site: Site) => {
      const model = siteModel(site);
      return (
        keyCovers(key, site.id) &&
        (!wanted || matches(site.name, wanted)) &&
        isOrAny(parameters.Status, model.Status) &&
        isOrAny(parameters.AccessType, model.AccessType) &&
        isOrAny(parameters.Coverage, model.Coverage) &&
        isOrAny(parameters.PlanSubscribeType, model.PlanSpecName) &&
        isOrAny(parameters.ResourceGroupId, model.ResourceGroupId) &&
        // No site has a tag.
        (parameters.TagFilter ?? []).length === 0
      );
    };
    const found = (await deps.store.sites(key.accountId)).filter(fits);
    if (OrderBy === 'gmtCreate') found.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    const from = (PageNumber - 1) * PageSize;
    return {
      TotalCount: found.length,
      PageNumber,
      PageSize,
      Sites: found.slice(from, from + PageSize).map(siteModel),
    };
  },
});

/** Names are stored as A-labels; a part of one that cannot be turned into them is looked for as it is. */
function inAscii(name: string): string {
  return domainToASCII(name) || name;
}

/** An empty filter asks for nothing. */
function isOrAny(wanted: string | undefined, value: string): boolean {
  return wanted === undefined || wanted === '' || wanted === value;
}
