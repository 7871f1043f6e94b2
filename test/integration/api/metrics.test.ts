import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insert, raise } from '../../../core/store/plan.ts';
import type { Edge, EdgeState } from '../../../core/store/rows.ts';
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

  test('tells of each edge what it enforces, how far behind it is and when it was heard of', async () => {
    const now = rig.clock.now();
    const edge = (id: string, set: Partial<Edge> = {}) =>
      insert('edges', {
        id,
        accountId: 'T0ACME',
        name: id,
        kind: 'nginx',
        state: 'active',
        credentialHash: 'x',
        pin: null,
        requestId: null,
        createdBy: 'U0ADA',
        createdAt: now,
        shownAt: now,
        endedAt: null,
        version: 1,
        ...set,
      });
    const state = (id: string, set: Partial<EdgeState>) =>
      raise('edgeStates', {
        id,
        accountId: 'T0ACME',
        epoch: 7,
        snapshot: 5,
        appliedAt: now,
        waiting: null,
        lastSeenAt: now,
        software: 'test',
        problems: [],
        inexpressible: [],
        limits: null,
        proof: null,
        ...set,
      });
    const signed = { header: '{}', signature: 'x', key: 'x' };
    await rig.store.commit([
      insert('snapshots', {
        id: 'T0ACME',
        epoch: 7,
        snapshot: 5,
        header: '{}',
        headerHash: 'x',
        followed: 0,
        policyMark: '',
        prunedTo: now,
        baseEpoch: 7,
        baseSnapshot: 1,
        baseHeader: signed,
        baseContentId: 'x',
        baseOctets: 0,
        deltas: 4,
        deltaOctets: 0,
        version: 1,
      }),
      edge('current'),
      state('current', {}),
      edge('away', { kind: 'haproxy' }),
      state('away', { snapshot: 3, lastSeenAt: new Date(now.getTime() - 90_500), problems: ['a', 'b'] }),
      edge('restored'),
      state('restored', { epoch: 6, snapshot: 900 }),
      edge('never'),
      edge('gone', { state: 'removed' }),
      edge('unshown', { state: 'unshown' }),
    ]);
    const lines = (await (await scrape(rig.url)).text())
      .split('\n')
      .filter((line) => line.startsWith('countersign_edge_'));
    const of = (name: string) =>
      Object.fromEntries(
        lines
          .filter((line) => line.includes(`{edge="${name}",`))
          .map((line) => [/^countersign_edge_(\w+)/.exec(line)?.[1], Number(line.split(' ').at(-1))]),
      );
    expect(of('current')).toEqual({
      epoch: 7,
      version: 5,
      versions_behind: 0,
      last_seen_seconds: 0,
      stale: 0,
      problems: 0,
    });
    expect(of('away')).toEqual({
      epoch: 7,
      version: 3,
      versions_behind: 2,
      last_seen_seconds: 90.5,
      stale: 1,
      problems: 2,
    });
    expect(of('restored')).toMatchObject({ epoch: 6, version: 900, versions_behind: 5, stale: 0 });
    expect(of('never')).toEqual({ epoch: 0, version: 0, versions_behind: 5, stale: 1, problems: 0 });
    expect([of('gone'), of('unshown')]).toEqual([{}, {}]);
    expect(lines).toContain('countersign_edge_version{edge="away",kind="haproxy",account="T0ACME"} 3');
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
