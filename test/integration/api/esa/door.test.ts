import { once } from 'node:events';
import { connect as connectTo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { insert, update } from '../../../../core/store/plan.ts';
import { type RawCall, type RawRequest, send, signCall } from '../../../support/acs.ts';
import { startApiRig } from '../../../support/api-rig.ts';
import { anIssued } from '../../../support/approving.ts';
import { type EsaRig, startEsaRig } from '../../../support/esa-rig.ts';
import { aSite } from '../../../support/rows.ts';
import { connect, Esa, refusedBy } from '../../../support/sdk.ts';
import { describeWith } from '../../../support/tools.ts';

let rig: EsaRig;
let key: Awaited<ReturnType<EsaRig['key']>>;
beforeAll(async () => {
  rig = await startEsaRig();
});
beforeEach(async () => {
  key = await rig.key();
});
afterAll(() => rig[Symbol.asyncDispose]());

const sign = (call: Partial<RawCall> = {}) =>
  signCall(rig.host, {
    accessKeyId: key.row.accessKeyId,
    secret: key.secret,
    action: 'ListSites',
    date: rig.clock.now(),
    ...call,
  });
const call = (set: Partial<RawCall> = {}) => send(rig.url, sign(set));
const codeOf = async (request: RawRequest) => {
  const { status, body } = await send(rig.url, request);
  return `${status} ${body['Code']}`;
};

const lastUse = async () => {
  const keys = await rig.store.accessKeysOf(key.row.accountId, { skip: 0, limit: 1_000 });
  return keys.find((one) => one.key.id === key.row.id)?.use;
};

describe('a call', () => {
  it('is answered with one request id in body and header, as JSON, to be kept nowhere', async () => {
    const { status, headers, body } = await call();
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json;charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body['RequestId']).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
    expect(headers.get('x-acs-request-id')).toBe(body['RequestId']);
  });

  it('that is signed by hand as the vendor says is as good as one of the SDK', async () => {
    const query = 'PageNumber=1&SiteName=exam%20ple(1)*~!%27%2B%2F.com&SiteSearchType=fuzzy';
    // What is sent as it is, and signed encoded.
    const signed = sign({ query: query.replace('(1)*~!%27', '%281%29%2A~%21%27') });
    expect((await send(rig.url, { ...signed, path: `/?${query}` })).status).toBe(200);
  });

  it('is logged by operation and code, without its parameters', async () => {
    await call({ query: 'SiteName=hidden-from-the-log' });
    await call({ action: 'GetSite' });
    const log = rig.log.join('');
    expect(log).toContain('"operation":"ListSites"');
    expect(log).toContain('"code":"MissingSiteId"');
    expect(log).not.toContain('hidden-from-the-log');
    expect(log).not.toContain(key.secret);
  });

  it('puts the last use of its key on record, once a minute at most', async () => {
    await call();
    await expect.poll(() => lastUse()).toMatchObject({ operation: 'ListSites' });
    const first = (await lastUse())?.usedAt;
    rig.advance(30_000);
    await call();
    rig.advance(31_000);
    await call({ action: 'GetSite', query: `SiteId=${rig.site.number}` });
    await expect.poll(() => lastUse()).toMatchObject({ operation: 'GetSite' });
    expect((await lastUse())?.usedAt.getTime()).toBe((first?.getTime() ?? 0) + 61_000);
  });
});

describe('what is tampered with is refused:', () => {
  const site = () => `SiteId=${rig.site.number}`;
  const form = 'PkeyType=ECDSA&ValidityDays=30';
  const signedForm = () => sign({ action: 'CreateClientCertificate', method: 'POST', query: site(), body: form });
  const header = (request: RawRequest, name: string, value: string) => ({
    ...request,
    headers: { ...request.headers, [name]: value },
  });

  it.each<[string, (request: RawRequest) => RawRequest]>([
    ['the query', (it) => ({ ...it, path: it.path.replace(/\d$/, (last) => (last === '0' ? '1' : '0')) })],
    ['a parameter more', (it) => ({ ...it, path: `${it.path}&PageSize=1` })],
    ['no query', (it) => ({ ...it, path: '/' })],
    ['the body', (it) => ({ ...it, body: it.body.replace('30', '31') })],
    ['a longer body', (it) => ({ ...it, body: `${it.body}&CSR=x` })],
    ['the hash of the body', (it) => header(it, 'x-acs-content-sha256', '0'.repeat(64))],
    ['the operation', (it) => header(it, 'x-acs-action', 'GetSite')],
    ['the version', (it) => header(it, 'x-acs-version', '2024-09-11')],
    ['the nonce', (it) => header(it, 'x-acs-signature-nonce', 'f'.repeat(64))],
    [
      'the date',
      (it) => header(it, 'x-acs-date', `${new Date(rig.clock.now().getTime() + 1_000).toISOString().slice(0, 19)}Z`),
    ],
    ['the type of the body', (it) => header(it, 'content-type', 'application/x-www-form-urlencoded; charset=utf-8')],
    ['a header of the vendor that was not signed', (it) => header(it, 'x-acs-security-token', 'x')],
    [
      'the signature',
      (it) =>
        header(
          it,
          'authorization',
          (it.headers['authorization'] ?? '').replace(/.$/, (c) => (c === '0' ? '1' : '0')),
        ),
    ],
    [
      'the list of signed headers',
      (it) => header(it, 'authorization', (it.headers['authorization'] ?? '').replace('x-acs-date;', '')),
    ],
  ])('%s', async (_, tamper) => {
    expect(await codeOf(tamper(signedForm()))).toBe('400 SignatureDoesNotMatch');
    expect((await rig.store.apiCertificates(rig.site.id, { offset: 0, limit: 1 })).total).toBe(0);
  });

  it('the method', async () => {
    const request = sign({ query: site(), action: 'GetSite' });
    expect(await codeOf({ ...request, method: 'POST' })).toBe('400 SignatureDoesNotMatch');
  });

  it('the host', async () => {
    const request = signCall('elsewhere.example', {
      ...key.row,
      secret: key.secret,
      action: 'ListSites',
      date: rig.clock.now(),
    });
    expect(await codeOf(request)).toBe('400 SignatureDoesNotMatch');
  });

  it('the key, for another one with its own secret', async () => {
    const other = await rig.key();
    const request = sign();
    const header = (request.headers['authorization'] ?? '').replace(key.row.accessKeyId, other.row.accessKeyId);
    expect(await codeOf({ ...request, headers: { ...request.headers, authorization: header } })).toBe(
      '400 SignatureDoesNotMatch',
    );
  });

  it('with the SDK: a wrong secret', async () => {
    const error = await refusedBy(
      connect(rig.host, key.row.accessKeyId, `${key.secret}x`).listSites(new Esa.ListSitesRequest({})),
    );
    expect(error).toMatchObject({ name: 'ClientError', code: 'SignatureDoesNotMatch', statusCode: 400 });
    expect(error.requestId).toMatch(/^[0-9A-F-]{36}$/);
  });
});

describe('who calls', () => {
  it('is said in the header Authorization', async () => {
    const request = sign();
    const { authorization: _, ...headers } = request.headers;
    expect(await codeOf({ ...request, headers })).toBe('400 MissingAuthorization');
    expect(await codeOf({ ...request, headers: { ...headers, authorization: 'Bearer x' } })).toBe(
      '400 MissingAuthorization',
    );
  });

  it.each(['x-acs-action', 'x-acs-version', 'x-acs-date', 'x-acs-signature-nonce', 'x-acs-content-sha256'])(
    'says %s as well',
    async (name) => {
      const { status, body } = await call({ headers: { [name]: undefined } });
      expect([status, body['Code']]).toEqual([400, 'MissingParameter']);
      expect(body['Message']).toContain(name);
    },
  );

  it.each(['constructor', '__proto__', 'tostring'])(
    'signs headers that were sent: a header called %s is none',
    async (name) => {
      const signed = sign();
      const authorization = signed.headers['authorization']?.replace('SignedHeaders=', `SignedHeaders=${name};`) ?? '';
      expect(await codeOf({ ...signed, headers: { ...signed.headers, authorization } })).toBe(
        '400 SignatureDoesNotMatch',
      );
    },
  );

  it('must be known', async () => {
    expect(await codeOf(sign({ accessKeyId: 'nobody' }))).toBe('404 InvalidAccessKeyId.NotFound');
    const unshown = await rig.key();
    await rig.store.commit([update('accessKeys', unshown.row, { state: 'unshown', sealedSecret: null })]);
    expect(await refusedBy(unshown.client.listSites(new Esa.ListSitesRequest({})))).toMatchObject({
      code: 'InvalidAccessKeyId.NotFound',
      statusCode: 404,
    });
  });

  it('is told that the key is switched off by the right secret alone', async () => {
    await rig.store.commit([update('accessKeys', key.row, { state: 'disabled' })]);
    expect(await codeOf(sign())).toBe('403 InvalidAccessKeyId.Inactive');
    expect(await codeOf(sign({ secret: 'guessed' }))).toBe('400 SignatureDoesNotMatch');
  });

  it('sees a change of the secret at once', async () => {
    expect((await call()).status).toBe(200);
    await rig.store.commit([update('accessKeys', key.row, { state: 'deleted', sealedSecret: null })]);
    expect(await codeOf(sign())).toBe('404 InvalidAccessKeyId.NotFound');
  });
});

describe('the date of a call', () => {
  it.each([
    [-15 * 60_000 + 1_000, '200 undefined'],
    [15 * 60_000 - 1_000, '200 undefined'],
    [-15 * 60_000 - 1_000, '400 InvalidTimeStamp.Expired'],
    [15 * 60_000 + 1_000, '400 InvalidTimeStamp.Expired'],
  ])('%i ms from now: %s', async (ms, expected) => {
    expect(await codeOf(sign({ date: new Date(rig.clock.now().getTime() + ms) }))).toBe(expected);
  });

  it.each(['2026-11-23', '2026-11-23T08:21:04+00:00', 'yesterday', '2026-13-01T00:00:00Z', '2026-11-23T08:21:04.000Z'])(
    '%s is none',
    async (date) => {
      expect(await codeOf(sign({ headers: { 'x-acs-date': date } }))).toBe('400 InvalidTimeStamp.Format');
    },
  );
});

describe('a call that comes again is refused:', () => {
  it('a read', async () => {
    const request = sign();
    expect(await codeOf(request)).toBe('200 undefined');
    expect(await codeOf(request)).toBe('400 SignatureNonceUsed');
  });

  it('of ten at once one is answered', async () => {
    const request = sign();
    const codes = await Promise.all(Array.from({ length: 10 }, () => codeOf(request)));
    expect(codes.filter((code) => code === '200 undefined')).toHaveLength(1);
  });

  it('of ten writes at once one is carried out', async () => {
    const site = aSite({ name: `${crypto.randomUUID()}.example` });
    await rig.store.commit([insert('sites', site)]);
    const create = { action: 'CreateClientCertificate', method: 'POST', query: `SiteId=${site.number}` };
    const request = sign({ ...create, body: 'PkeyType=ECDSA&ValidityDays=1' });
    const codes = await Promise.all(Array.from({ length: 10 }, () => codeOf(request)));
    expect(codes.filter((code) => code === '200 undefined')).toHaveLength(1);
    expect((await rig.store.apiCertificates(site.id, { offset: 0, limit: 1 })).total).toBe(1);
  });

  it('by another key with the same nonce it is another call', async () => {
    const other = await rig.key();
    expect((await call({ nonce: 'same' })).status).toBe(200);
    expect((await call({ nonce: 'same', accessKeyId: other.row.accessKeyId, secret: other.secret })).status).toBe(200);
  });

  it('a stranger cannot use up a nonce', async () => {
    expect(await codeOf(sign({ nonce: 'mine', secret: 'guessed' }))).toBe('400 SignatureDoesNotMatch');
    expect((await call({ nonce: 'mine' })).status).toBe(200);
  });

  describeWith('redisServer', 'with Redis', () => {
    it('a write, also when Redis was emptied in between', async () => {
      const site = aSite({ name: 'emptied.example' });
      await rig.store.commit([insert('sites', site)]);
      const row = await anIssued(rig.worker, { siteId: site.id });
      const query = `Id=${row.id.replaceAll('-', '')}&SiteId=${site.number}`;
      const revoke = sign({ action: 'RevokeClientCertificate', query });
      expect(await codeOf(revoke)).toBe('200 undefined');
      await rig.redis.flushall();
      expect(await codeOf(revoke)).toBe('400 SignatureNonceUsed');
      // What was done since is not undone by what was sent before.
      expect(await codeOf(sign({ action: 'ActivateClientCertificate', query }))).toBe('200 undefined');
      await rig.redis.flushall();
      expect(await codeOf(revoke)).toBe('400 SignatureNonceUsed');
      expect((await rig.store.certificate(row.id))?.state).toBe('active');
    });
  });

  it('a read, while Redis is away', async () => {
    await using other = await startApiRig();
    // Nobody knows this key there: let it be one of that database.
    await other.store.commit([insert('accessKeys', { ...key.row, accountId: 'T0ACME' })]);
    const host = other.url.replace('http://', '');
    const request = signCall(host, { ...key.row, secret: key.secret, action: 'ListSites', date: other.clock.now() });
    expect((await send(other.url, request)).status).toBe(200);
    expect((await send(other.url, request)).body['Code']).toBe('SignatureNonceUsed');
  });
});

describe('a key that calls too often', () => {
  it('is told when to come again, as the SDK understands it', async () => {
    await using slow = await startEsaRig({ env: { API_RATE_PER_SECOND: '1' } });
    const { client } = await slow.key();
    const list = () => client.listSites(new Esa.ListSitesRequest({}));
    await list();
    await list();
    const error = await refusedBy(list());
    expect(error).toMatchObject({ name: 'ThrottlingError', code: 'Throttling.User', statusCode: 429 });
    expect(error.retryAfter).toBeGreaterThanOrEqual(1);
    // Others are not held up by it.
    await (await slow.key()).client.listSites(new Esa.ListSitesRequest({}));
  });

  it('is held up without Redis as well', async () => {
    await using slow = await startApiRig(undefined, { API_RATE_PER_SECOND: '1' });
    await slow.store.commit([insert('accessKeys', { ...key.row, accountId: 'T0ACME' })]);
    const host = slow.url.replace('http://', '');
    const list = async () =>
      (
        await send(
          slow.url,
          signCall(host, { ...key.row, secret: key.secret, action: 'ListSites', date: slow.clock.now() }),
        )
      ).status;
    expect([await list(), await list(), await list()]).toEqual([200, 200, 429]);
    slow.clock.advance(1_000);
    expect(await list()).toBe(200);
  });
});

describe('what is asked for', () => {
  it.each<[string, Partial<RawCall>, string]>([
    ['another version', { headers: { 'x-acs-version': '2020-01-01' } }, '400 InvalidVersion'],
    ['no operation of ours', { action: 'DescribeEverything' }, '404 InvalidAction.NotFound'],
    ['a word of JavaScript', { action: 'constructor' }, '404 InvalidAction.NotFound'],
    ['with another method', { action: 'CreateSite' }, '405 UnsupportedHTTPMethod'],
    ['no site', { action: 'GetSite' }, '400 MissingSiteId'],
    ['an empty site', { action: 'GetSite', query: 'SiteId=' }, '400 MissingSiteId'],
    ['an unknown site', { action: 'GetSite', query: 'SiteId=1234567890123' }, '400 InvalidParameter.SiteId'],
    ['a site that is no number', { action: 'GetSite', query: 'SiteId=example.com' }, '400 InvalidParameter.SiteId'],
    ['site 0, which no site is', { action: 'GetSite', query: 'SiteId=0' }, '400 InvalidParameter.SiteId'],
    ['a number with a sign', { action: 'GetSite', query: 'SiteId=-1' }, '400 InvalidParameter.SiteId'],
    ['a parameter twice', { query: 'PageNumber=1&PageNumber=2' }, '400 InvalidParameter'],
    ['what is not percent-encoded', { query: 'SiteName=%zz' }, '400 InvalidParameter'],
    ['JSON that is none', { query: 'TagFilter=%5B' }, '400 InvalidParameter'],
    ['JSON of another kind', { query: 'TagFilter=%7B%7D' }, '400 InvalidParameter'],
    ['a word that is not offered', { query: 'SiteSearchType=regex' }, '400 InvalidParameter'],
    ['a number in another form', { query: 'PageNumber=1e1' }, '400 InvalidParameter'],
    [
      'more parameters than there are',
      { query: Array.from({ length: 70 }, (_, n) => `P${10 + n}=1`).join('&') },
      '400 InvalidParameter',
    ],
  ])('%s', async (_, set, expected) => {
    expect(await codeOf(sign(set))).toBe(expected);
  });

  it('in a site of somebody else, or that was removed, is not there', async () => {
    const foreign = aSite({ accountId: 'T0OTHER', name: 'foreign.example' });
    const removed = aSite({ name: 'removed.example', state: 'removed' });
    const covered = aSite({ name: 'covered.example' });
    await rig.store.commit([foreign, removed, covered].map((site) => insert('sites', site)));
    for (const { number } of [foreign, removed]) {
      expect(await codeOf(sign({ action: 'GetSite', query: `SiteId=${number}` }))).toBe('400 InvalidParameter.SiteId');
    }
    key = await rig.key({ siteIds: [covered.id] });
    expect(await codeOf(sign({ action: 'GetSite', query: `SiteId=${covered.number}` }))).toBe('200 undefined');
    expect(await codeOf(sign({ action: 'GetSite', query: `SiteId=${rig.site.number}` }))).toBe(
      '400 InvalidParameter.SiteId',
    );
    expect((await call()).body).toMatchObject({ TotalCount: 1, Sites: [{ SiteName: 'covered.example' }] });
  });

  it('is what the key was made for', async () => {
    const query = () => `SiteId=${rig.site.number}`;
    const create = () =>
      sign({ action: 'CreateClientCertificate', method: 'POST', query: query(), body: 'PkeyType=EC&ValidityDays=1' });
    key = await rig.key({ access: 'read' });
    expect(await codeOf(create())).toBe('403 NoPermission');
    expect(await codeOf(sign({ action: 'ListClientCertificates', query: query() }))).toBe('200 undefined');
    key = await rig.key({ groups: ['rules'] });
    expect(await codeOf(sign({ action: 'ListClientCertificates', query: query() }))).toBe('403 NoPermission');
    // Every key can learn the ids of its sites.
    expect(await codeOf(sign())).toBe('200 undefined');
    key = await rig.key({ siteIds: [rig.site.id] });
    const site = 'AccessType=NS&Coverage=global&InstanceId=x&SiteName=new.example';
    expect(await codeOf(sign({ action: 'CreateSite', method: 'POST', query: site }))).toBe('403 NoPermission');
  });

  it('may be named in body or query', async () => {
    const inBody = {
      action: 'CreateClientCertificate',
      method: 'POST',
      body: `PkeyType=EC&SiteId=${rig.site.number}&ValidityDays=1`,
    };
    expect(await codeOf(sign(inBody))).toBe('200 undefined');
    const both = { ...inBody, query: `SiteId=${rig.site.number}` };
    expect(await codeOf(sign(both))).toBe('400 InvalidParameter');
  });
});

describe('HTTP that is wrong is told in the form of the OpenAPI:', () => {
  const plain = async (init: RequestInit) => {
    const response = await fetch(`${rig.url}/`, init);
    const body = (await response.json()) as Record<string, unknown>;
    expect(body).toMatchObject({
      Code: expect.any(String),
      Message: expect.any(String),
      RequestId: expect.any(String),
    });
    return `${response.status} ${body['Code']}`;
  };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  it('a method that nothing takes', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      expect(await plain({ method })).toBe('405 UnsupportedHTTPMethod');
    }
  });

  const claimed = () => {
    const { host: _, ...headers } = sign({ method: 'POST', headers: form }).headers;
    return headers;
  };

  it('a body that is too large, before it is read or signed', async () => {
    const post = (length: number) => plain({ method: 'POST', headers: claimed(), body: 'x'.repeat(length) });
    expect(await post(128 * 1024 + 1)).toBe('413 RequestTooLarge');
    expect(await post(128 * 1024)).toBe('400 SignatureDoesNotMatch');
  });

  it('a body of another type', async () => {
    const headers = { ...claimed(), 'content-type': 'application/json' };
    expect(await plain({ method: 'POST', headers, body: '{}' })).toBe('415 UnsupportedMediaType');
  });

  it.each<[string, (headers: Record<string, string>) => Record<string, string | undefined>, string]>([
    ['without a signature', (it) => ({ ...it, authorization: undefined }), 'MissingAuthorization'],
    [
      'of a key that is none',
      (it) => ({ ...it, authorization: it['authorization']?.replace(/Credential=[^,]+/, 'Credential=nobody') }),
      'InvalidAccessKeyId.NotFound',
    ],
    ['of another day', (it) => ({ ...it, 'x-acs-date': '2020-01-01T00:00:00Z' }), 'InvalidTimeStamp.Expired'],
  ])('a call %s, whose body nobody waits for', async (_, change, code) => {
    const socket = connectTo(Number(rig.host.split(':')[1]), '127.0.0.1');
    const lines = Object.entries(change(claimed())).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`],
    );
    socket.write(
      ['POST / HTTP/1.1', `host: ${rig.host}`, ...lines, 'transfer-encoding: chunked', '', '5\r\nCSR=x', ''].join(
        '\r\n',
      ),
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(answer.toString()).toContain(`"Code":"${code}"`);
  });

  it('a failure of ours, with an incident and no word more', async () => {
    await using broken = await startEsaRig({
      wrap: (store) => ({ ...store, sites: async () => Promise.reject(new Error('no such table: secrets')) }),
    });
    const { client } = await broken.key();
    const error = await refusedBy(client.listSites(new Esa.ListSitesRequest({})));
    expect(error).toMatchObject({ name: 'ServerError', code: 'InternalError', statusCode: 500 });
    expect(error.message).not.toContain('secrets');
    const incident = /incident ([0-9a-f]{8})/.exec(error.message)?.[1] ?? 'none';
    expect(broken.log.find((line) => line.includes(incident) && line.includes('no such table'))).toBeDefined();
  });
});
