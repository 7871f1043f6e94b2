import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EsaRig, startEsaRig } from '../../../support/esa-rig.ts';
import { Esa } from '../../../support/sdk.ts';

let rig: EsaRig;
beforeAll(async () => {
  rig = await startEsaRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

describe('ListSites', () => {
  it('tells a client the id of each site', async () => {
    const { client } = await rig.key();
    const { body } = await client.listSites(new Esa.ListSitesRequest({}));
    expect(body).toMatchObject({ totalCount: 1, pageNumber: 1, pageSize: 500 });
    expect(body?.requestId).toMatch(/^[0-9A-F]{8}-[0-9A-F-]{27}$/);
    expect(body?.sites?.[0]).toMatchObject({ siteId: rig.site.number, siteName: 'example.com', status: 'active' });
  });
});
