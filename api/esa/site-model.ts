import { z } from 'zod';
import type { Site } from '../../core/store/rows.ts';
import { zuluTime } from './formats.ts';

/** A site as ListSites and GetSite answer with it. What Countersign has nothing of is a constant or left out. */
export function siteModel(site: Site) {
  const at = zuluTime(site.createdAt);
  return {
    SiteId: site.number,
    SiteName: site.name,
    Status: site.state === 'removed' ? 'offline' : site.state,
    AccessType: 'CNAME',
    Coverage: 'global',
    InstanceId: 'countersign',
    PlanName: 'countersign',
    PlanSpecName: 'enterpriseplan',
    CnameZone: '',
    NameServerList: '',
    VerifyCode: '',
    ResourceGroupId: '',
    Tags: {},
    CreateTime: at,
    UpdateTime: at,
  };
}

export const SITE_MODEL = z.object({
  SiteId: z.int(),
  SiteName: z.string(),
  Status: z.enum(['pending', 'active', 'offline']),
  AccessType: z.string(),
  Coverage: z.string(),
  InstanceId: z.string(),
  PlanName: z.string(),
  PlanSpecName: z.string(),
  CnameZone: z.string(),
  NameServerList: z.string(),
  VerifyCode: z.string(),
  ResourceGroupId: z.string(),
  Tags: z.object({}),
  CreateTime: z.string(),
  UpdateTime: z.string(),
});
