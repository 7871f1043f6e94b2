import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insert } from '../../../../core/store/plan.ts';
import { type EsaRig, startEsaRig } from '../../../support/esa-rig.ts';
import { aSite } from '../../../support/rows.ts';
import { Esa, type EsaClient, refusedBy } from '../../../support/sdk.ts';

let rig: EsaRig;
let client: EsaClient;
beforeAll(async () => {
  rig = await startEsaRig();
  ({ client } = await rig.key());
});
afterAll(() => rig[Symbol.asyncDispose]());

const list = (set: object = {}) => client.listSites(new Esa.ListSitesRequest(set)).then(({ body }) => body);
const create = (siteName: string) =>
  client
    .createSite(new Esa.CreateSiteRequest({ siteName, accessType: 'CNAME', coverage: 'global', instanceId: 'x' }))
    .then(({ body }) => body);
const get = (siteId: number | undefined) =>
  client.getSite(new Esa.GetSiteRequest({ siteId })).then(({ body }) => body?.siteModel);
const remove = (siteId: number | undefined) =>
  client.deleteSite(new Esa.DeleteSiteRequest({ siteId })).then(({ body }) => body);

describe('ListSites', () => {
  it('tells a client the id of each site', async () => {
    const body = await list();
    expect(body).toMatchObject({ totalCount: 1, pageNumber: 1, pageSize: 500 });
    expect(body?.requestId).toMatch(/^[0-9A-F]{8}-[0-9A-F-]{27}$/);
    expect(body?.sites?.[0]).toMatchObject({
      siteId: rig.site.number,
      siteName: 'example.com',
      status: 'active',
      createTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });

  it('finds sites by a part of their name, in any spelling', async () => {
    for (const name of ['shop.example', 'xn--bcher-kva.example']) {
      await rig.store.commit([insert('sites', aSite({ name }))]);
    }
    const found = async (siteName: string, siteSearchType?: string) =>
      (await list({ siteName, siteSearchType }))?.sites?.map((site) => site.siteName);
    expect(await found('SHOP.example')).toEqual(['shop.example']);
    expect(await found('shop')).toEqual([]);
    expect(await found('shop', 'prefix')).toEqual(['shop.example']);
    expect(await found('.example', 'suffix')).toEqual(['shop.example', 'xn--bcher-kva.example']);
    expect(await found('hop', 'fuzzy')).toEqual(['shop.example']);
    expect(await found('bücher.example')).toEqual(['xn--bcher-kva.example']);
    expect(await found("*(x)~!'+/ %&=", 'fuzzy')).toEqual([]);
  });

  it('filters and pages', async () => {
    expect((await list({ status: 'pending' }))?.totalCount).toBe(0);
    expect((await list({ accessType: 'NS' }))?.totalCount).toBe(0);
    expect((await list({ tagFilter: [{ key: 'k', value: 'v★' }] }))?.totalCount).toBe(0);
    const page = await list({ pageNumber: 2, pageSize: 2 });
    expect([page?.totalCount, page?.sites?.length]).toEqual([3, 1]);
    expect(await refusedBy(list({ pageSize: 501 }))).toMatchObject({ code: 'InvalidParameter' });
  });
});

describe('a site', () => {
  it('is added, told about and removed', async () => {
    const created = await create('New.Example.');
    expect(created?.siteId).toBeGreaterThanOrEqual(1e12);
    expect(await get(created?.siteId)).toMatchObject({ siteName: 'new.example', status: 'active' });
    await rig.worker.settle();
    const told = JSON.stringify(rig.worker.sandbox.person('U0ADA').messages('C0AUDIT'));
    expect(told).toMatch(/API key `key-[0-9a-f]{8}` added the site/);
    await remove(created?.siteId);
    for (const call of [get, remove]) {
      expect(await refusedBy(call(created?.siteId))).toMatchObject({ code: 'InvalidParameter.SiteId' });
    }
  });

  it.each([
    ['is there already', 'example.com', /is a site already/],
    ['everybody can register under', 'co.uk', /public suffix/],
    ['has a wildcard', '*.example.org', /wildcard/],
    ['is an address', '192.0.2.1', /IP address/],
    ['has a path', 'example.org/x', /is not a domain/],
    ['is empty', '', /SiteName/],
  ])('is not added where its name %s', async (_, name, message) => {
    const error = await refusedBy(create(name));
    expect(error).toMatchObject({ code: 'InvalidParameter', statusCode: 400 });
    expect(error.message).toMatch(message);
  });

  it('is not added without what the vendor asks for', async () => {
    const error = await refusedBy(client.createSite(new Esa.CreateSiteRequest({ siteName: 'other.example' })));
    expect(error.message).toMatch(/AccessType is missing/);
  });

  it('is named', async () => {
    for (const call of [get, remove]) expect(await refusedBy(call(undefined))).toMatchObject({ code: 'MissingSiteId' });
  });
});
