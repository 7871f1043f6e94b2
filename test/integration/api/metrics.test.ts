import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insert } from '../../../core/store/plan.ts';
import { startApiRig } from '../../support/api-rig.ts';
import { type EsaRig, startEsaRig } from '../../support/esa-rig.ts';
import { aRequest } from '../../support/rows.ts';
import { Esa, refusedBy } from '../../support/sdk.ts';

const scrape = (url: string, headers: Record<string, string> = {}) => fetch(`${url}/metrics`, { headers });

describe('/metrics', () => {
  let rig: EsaRig;
  beforeAll(async () => {
    rig = await startEsaRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  test('tells what was answered, done, issued and delivered, what is open, and what ends when', async () => {
    const { client } = await rig.key();
    const siteId = rig.site.number;
    const create = new Esa.CreateClientCertificateRequest({ siteId, pkeyType: 'EC', validityDays: 1 });
    await client.createClientCertificate(create);
    await refusedBy(client.getSite(new Esa.GetSiteRequest({})));
    const deadlineAt = new Date(rig.clock.now().getTime() + 60_000);
    await rig.store.commit([insert('requests', aRequest({ state: 'waiting', kind: 'revoke', deadlineAt }))]);
    await rig.worker.settle();
    await rig.worker.settle();
    const response = await scrape(rig.url);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const lines = (await response.text()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'countersign_http_request_duration_seconds_count{operation="CreateClientCertificate",status="200"} 1',
        'countersign_http_request_duration_seconds_count{operation="GetSite",status="400"} 1',
        'countersign_requests_open{kind="revoke",state="waiting"} 1',
        'countersign_messages_unsent 0',
        'countersign_jobs_total{kind="issue",result="done"} 1',
        'countersign_certificates_issued_total{key="api"} 1',
        expect.stringMatching(/^countersign_deliveries_total\{place="audit",result="sent"\} \d+$/),
      ]),
    );
    const [authority] = await rig.store.authorities('T0ACME');
    const seconds = (authority?.notAfter.getTime() ?? 0) / 1_000;
    const labels = `id="${authority?.id}",account="T0ACME"`;
    expect(lines).toContain(`countersign_managed_authority_expiry_timestamp_seconds{${labels}} ${seconds}`);
  });

  test('says the same when it is asked again: nothing is counted twice', async () => {
    const counters = async () =>
      (await (await scrape(rig.url)).text()).split('\n').filter((line) => line.startsWith('countersign_jobs_total'));
    expect(await counters()).toEqual(await counters());
  });
});

describe('whoever asks for metrics', () => {
  test('shows the token, where there is one', async () => {
    const token = 'a-token-of-some-length';
    await using rig = await startApiRig(undefined, { METRICS_TOKEN: token });
    expect((await scrape(rig.url, { authorization: `Bearer ${token}` })).status).toBe(200);
    for (const authorization of ['', `Bearer ${token}x`, 'Bearer', `Basic ${token}`, token]) {
      const refused = await scrape(rig.url, authorization === '' ? {} : { authorization });
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="metrics"']);
    }
  });

  test.each([
    ['in production', { NODE_ENV: 'production' }],
    ['off the loopback', { HOST: '0.0.0.0' }],
  ])('finds none %s without a token', async (_, env) => {
    await using rig = await startApiRig(undefined, env as unknown as Record<string, string>);
    expect((await scrape(rig.url)).status).toBe(404);
  });
});
