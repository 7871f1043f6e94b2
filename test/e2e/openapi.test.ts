import { randomBytes, randomUUID, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deriveSealingKeys } from '../../core/config/secrets.ts';
import { seal } from '../../core/seal.ts';
import { insert } from '../../core/store/plan.ts';
import type { AccessKey } from '../../core/store/rows.ts';
import { connect, Esa, type EsaClient } from '../support/sdk.ts';
import { ACCOUNT, MASTER_KEY, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';

describeWith('redisServer', 'the OpenAPI with every process in its own place', () => {
  let stack: Stack;
  let client: EsaClient;
  let siteId: number | undefined;
  beforeAll(async () => {
    stack = await startStack({ api: true, env: { API_RATE_PER_SECOND: '1000' } });
    await stack.setUp();
    const secret = randomBytes(24).toString('base64url');
    const row = aKey();
    const keys = deriveSealingKeys(Buffer.from(MASTER_KEY, 'base64'));
    row.sealedSecret = seal(keys, { purpose: 'access-key', accountId: ACCOUNT, rowId: row.id }, secret);
    await stack.store.commit([insert('accessKeys', row)]);
    client = connect(stack.apiUrl.replace('http://', ''), row.accessKeyId, secret);
    siteId = (await client.listSites(new Esa.ListSitesRequest({}))).body?.sites?.[0]?.siteId;
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const create = async (pkeyType: string) => {
    const request = new Esa.CreateClientCertificateRequest({ siteId, pkeyType, validityDays: 1 });
    const { body } = await client.createClientCertificate(request);
    return new X509Certificate(body?.certificate ?? '');
  };
  const count = async () =>
    (await client.listClientCertificates(new Esa.ListClientCertificatesRequest({ siteId }))).body?.totalCount;

  it('issues, of both types of keys and many at once', async () => {
    const certificates = await Promise.all([...Array.from({ length: 40 }, () => create('ECDSA')), create('RSA')]);
    expect(new Set(certificates.map(({ serialNumber }) => serialNumber)).size).toBe(41);
    expect(await count()).toBe(41);
  }, 60_000);

  it('reads while Redis is away; what is to be changed waits for it to come back, and for a worker', async () => {
    await stack.redis.stop();
    expect(await count()).toBe(41);
    const waiting = create('ECDSA');
    await stack.restartRedis();
    await waiting;
    await stack.kill('worker');
    const orphaned = create('ECDSA');
    await stack.start('worker');
    await orphaned;
    expect(await count()).toBe(43);
  }, 60_000);

  it('keeps what was answered: an answer that was written is on record', async () => {
    await expect
      .poll(async () => (await stack.store.owedAnswers(new Date(Date.now() + 120_000), 100)).length, {
        timeout: 10_000,
      })
      .toBe(0);
    const site = await stack.store.siteByName('example.com');
    const { rows } = await stack.store.apiCertificates(site?.id ?? '', { offset: 0, limit: 100 });
    expect(rows.every(({ state, shownAt }) => state === 'active' && shownAt !== null)).toBe(true);
    expect(stack.log.filter((line) => line.includes('PRIVATE KEY') || line.includes('"level":"error"'))).toEqual([]);
  });
});

function aKey(): AccessKey {
  return {
    id: randomUUID(),
    accountId: ACCOUNT,
    name: 'deploy',
    accessKeyId: `CSAK${randomBytes(10).toString('hex')}`,
    sealedSecret: null,
    siteIds: null,
    access: 'write',
    groups: ['certificates'],
    mode: 'alone',
    state: 'active',
    requestId: 'r',
    createdBy: 'U0ADA',
    createdAt: new Date(),
    shownAt: new Date(),
    endedAt: null,
    version: 1,
  };
}
