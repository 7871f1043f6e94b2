import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bindingId, MANAGED } from '../../../../core/bindings/verbs.ts';
import { insert, update } from '../../../../core/store/plan.ts';
import { decideAs } from '../../../support/approving.ts';
import { type EsaRig, startEsaRig } from '../../../support/esa-rig.ts';
import { aSite } from '../../../support/rows.ts';
import { Esa, type EsaClient, refusedBy } from '../../../support/sdk.ts';
import { anUploaded } from '../../../support/uploading.ts';
import { ACCOUNT } from '../../../support/worker-rig.ts';

let rig: EsaRig;
beforeAll(async () => {
  rig = await startEsaRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

/** Nothing is bound, and nobody else holds a role but those of the rig. */
beforeEach(async () => {
  for (const row of await rig.store.bindings(ACCOUNT)) {
    await rig.store.commit([update('bindings', row, { hostnames: [] })]);
  }
});

const withoutDashes = (id: string) => id.replaceAll('-', '');

async function set(client: EsaClient, hostnames: string[] | undefined, id?: string, siteId = rig.site.number) {
  const request = new Esa.SetClientCertificateHostnamesRequest({ siteId, hostnames, id });
  return (await client.setClientCertificateHostnames(request)).body;
}

async function get(client: EsaClient, id?: string, siteId = rig.site.number) {
  return (await client.getClientCertificateHostnames(new Esa.GetClientCertificateHostnamesRequest({ siteId, id })))
    .body;
}

const stored = async (authorityId = MANAGED) =>
  (await rig.store.binding(bindingId(rig.site.id, authorityId)))?.hostnames;
const events = async () =>
  (await rig.store.auditChain(ACCOUNT, 0, 10_000)).filter(({ action }) => action === 'binding.changed').length;

/** What the newer names of the vendor are called with; SDK 2.43.0 does not have them. */
async function call(client: EsaClient, action: string, method: 'GET' | 'POST', query: object, body?: object) {
  const { $OpenApiUtil } = await import('@alicloud/openapi-core');
  const params = new $OpenApiUtil.Params({
    action,
    version: '2024-09-10',
    protocol: 'HTTPS',
    pathname: '/',
    method,
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  });
  const request = new $OpenApiUtil.OpenApiRequest({ query, ...(body ? { body } : {}) });
  const answer = await client.callApi(params, request, {} as never);
  return answer['body'] as Record<string, unknown>;
}

describe('SetClientCertificateHostnames and GetClientCertificateHostnames', () => {
  it('replace and read the list of the managed CA where no Id is given', async () => {
    const { client, row } = await rig.key();
    const before = await get(client);
    expect(before).toMatchObject({ siteId: rig.site.number, siteName: 'example.com', hostnames: [] });
    expect(before?.id).toMatch(/^[0-9a-f]{32}$/);
    const answer = await set(client, ['WWW.Example.com.', 'bücher.example.com', 'www.example.com', '*.example.com']);
    const hostnames = ['www.example.com', 'xn--bcher-kva.example.com', '*.example.com'];
    expect(answer).toMatchObject({ siteId: rig.site.number, siteName: 'example.com', id: before?.id, hostnames });
    expect(answer?.requestId).toMatch(/^[0-9A-F]{8}-/);
    expect(await get(client)).toMatchObject({ id: before?.id, hostnames });
    expect(await get(client, before?.id)).toMatchObject({ id: before?.id, hostnames });
    expect(await stored()).toEqual(hostnames);

    await set(client, ['*.example.com', 'api.example.com']);
    expect((await get(client))?.hostnames).toEqual(['*.example.com', 'api.example.com']);
    await set(client, ['api.example.com', '*.example.com']);
    expect((await get(client))?.hostnames).toEqual(['api.example.com', '*.example.com']);
    await rig.worker.settle();
    const [last] = (await rig.store.auditChain(ACCOUNT, 0, 10_000))
      .filter((one) => one.action === 'binding.changed')
      .slice(-1);
    expect(last).toMatchObject({
      actorId: `key:${row.name}`,
      details: { added: 'api.example.com', removed: 'www.example.com xn--bcher-kva.example.com' },
    });
    expect((await set(client, []))?.hostnames).toEqual([]);
    expect((await get(client))?.hostnames).toEqual([]);
  });

  it('do the same for a custom CA by its Id, beside the managed one at the same hostname', async () => {
    const { client } = await rig.key();
    const corp = await anUploaded(rig.store, rig.site, { name: 'Corp' });
    const id = withoutDashes(corp.id);
    await set(client, ['a.example.com']);
    expect(await set(client, ['a.example.com', 'b.example.com'], id)).toMatchObject({
      id,
      hostnames: ['a.example.com', 'b.example.com'],
    });
    expect((await get(client, id))?.hostnames).toEqual(['a.example.com', 'b.example.com']);
    expect((await get(client))?.hostnames).toEqual(['a.example.com']);
  });

  it('are served under the names of the CA operations, too', async () => {
    const { client } = await rig.key();
    const query = { SiteId: String(rig.site.number) };
    const body = { Hostnames: JSON.stringify(['ca.example.com']) };
    const answer = await call(client, 'SetClientCaCertificateHostnames', 'POST', query, body);
    expect(answer).toMatchObject({ SiteName: 'example.com', Hostnames: ['ca.example.com'] });
    expect(await get(client)).toMatchObject({ hostnames: ['ca.example.com'] });
    const read = await call(client, 'GetClientCaCertificateHostnames', 'GET', query);
    expect(read).toMatchObject({ SiteId: rig.site.number, Id: answer['Id'], Hostnames: ['ca.example.com'] });
  });

  it('take 50 hostnames and refuse the 51st, changing nothing', async () => {
    const { client } = await rig.key();
    const names = Array.from({ length: 51 }, (_, n) => `h${n}.example.com`);
    await set(client, names.slice(0, 50));
    const refused = await refusedBy(set(client, names));
    expect(refused).toMatchObject({ name: 'ClientError', statusCode: 400, code: 'InvalidParameter' });
    expect(refused.message).toMatch(/Hostnames.*51.*50/);
    expect(await stored()).toEqual(names.slice(0, 50));
  });

  it('refuse the whole call for one bad name, and name every bad one', async () => {
    const { client } = await rig.key();
    await set(client, ['keep.example.com']);
    const known = await events();
    const bad = [
      'example.com.evil.org',
      'evilexample.com',
      'a_b.example.com',
      'a..example.com',
      'https://a.example.com',
      'a.example.com:443',
      'a.*.example.com',
      '10.0.0.1',
      '::1',
      `${'x'.repeat(64)}.example.com`,
      'a b.example.com',
      '<http://a.example.com|a.example.com>',
      '',
    ];
    const refused = await refusedBy(set(client, ['ok.example.com', ...bad]));
    expect(refused).toMatchObject({ statusCode: 400, code: 'InvalidParameter' });
    for (const name of bad.filter((one) => one !== '' && one.length < 60)) expect(refused.message).toContain(name);
    expect(refused.message).not.toContain('ok.example.com');
    expect(await stored()).toEqual(['keep.example.com']);
    expect(await events()).toBe(known);
  });

  it.each(['+&=#%.example.com', 'ü+ö.example.com', '名前.example.com', "a'(b)*!~.example.com", 'a\nb.example.com'])(
    'carry %j over the wire as it is',
    async (name) => {
      const { client } = await rig.key();
      const fine = name === '名前.example.com';
      if (fine) expect((await set(client, [name]))?.hostnames).toEqual(['xn--ldr85b.example.com']);
      else expect((await refusedBy(set(client, [name]))).code).toBe('InvalidParameter');
    },
  );

  it('answer with the documented codes: no site, no list, no such CA', async () => {
    const { client } = await rig.key();
    expect(await refusedBy(set(client, ['a.example.com'], undefined, null as never))).toMatchObject({
      code: 'MissingSiteId',
      statusCode: 400,
    });
    expect(await refusedBy(set(client, [], undefined, 4))).toMatchObject({ code: 'InvalidParameter.SiteId' });
    expect(await refusedBy(get(client, undefined, 4))).toMatchObject({ code: 'InvalidParameter.SiteId' });
    expect(await refusedBy(set(client, undefined))).toMatchObject({ code: 'InvalidParameter', statusCode: 400 });
    const elsewhere = aSite({ accountId: ACCOUNT, name: 'example.org' });
    await rig.store.commit([insert('sites', elsewhere)]);
    const foreign = await anUploaded(rig.store, elsewhere, { name: 'Foreign' });
    const gone = await anUploaded(rig.store, rig.site, { name: 'Gone', set: { deletedAt: new Date() } });
    for (const id of ['f'.repeat(32), 'ca01', withoutDashes(foreign.id), withoutDashes(gone.id), 'x'.repeat(64)]) {
      expect(await refusedBy(set(client, ['a.example.com'], id))).toMatchObject({
        code: 'Certificate.NotFound',
        statusCode: 404,
      });
      expect(await refusedBy(get(client, id))).toMatchObject({ code: 'Certificate.NotFound', statusCode: 404 });
    }
  });

  it('refuse what is no list of texts', async () => {
    const { client } = await rig.key();
    const query = { SiteId: String(rig.site.number) };
    for (const text of [
      '"a.example.com"',
      '{"a":1}',
      '[1]',
      '[null]',
      '[["a.example.com"]]',
      'a.example.com',
      '[',
      '',
    ]) {
      const body = { Hostnames: text };
      const refused = await refusedBy(call(client, 'SetClientCertificateHostnames', 'POST', query, body));
      expect(refused.code, text).toBe('InvalidParameter');
    }
  });

  it('refuse a second CA with the same subject at one hostname, naming both', async () => {
    const { client } = await rig.key();
    const old = await anUploaded(rig.store, rig.site, { name: 'Old', subject: 'TWIN G1' });
    const young = await anUploaded(rig.store, rig.site, { name: 'Young', subject: 'TWIN G1' });
    await set(client, ['t.example.com'], withoutDashes(old.id));
    const refused = await refusedBy(set(client, ['t.example.com'], withoutDashes(young.id)));
    expect(refused.code).toBe('InvalidParameter');
    expect(refused.message).toMatch(/`t\.example\.com` is bound to Old, which has the same subject as Young/);
  });

  it('are for keys that were made for hostnames, for this site, and for writing', async () => {
    const { client: reader } = await rig.key({ access: 'read', groups: ['hostnames'] });
    expect((await refusedBy(set(reader, ['a.example.com']))).code).toBe('NoPermission');
    expect((await get(reader))?.hostnames).toEqual([]);
    const { client: other } = await rig.key({ groups: ['certificates', 'authorities'] });
    expect((await refusedBy(set(other, ['a.example.com']))).code).toBe('NoPermission');
    expect((await refusedBy(get(other))).code).toBe('NoPermission');
    const { client: elsewhere } = await rig.key({ siteIds: ['another'] });
    expect((await refusedBy(set(elsewhere, ['a.example.com']))).code).toBe('InvalidParameter.SiteId');
  });

  it('of a key that asks wait for a person, and succeed when they are repeated; a person sees the result at once', async () => {
    const { client, row } = await rig.key({ mode: 'asks' });
    const wanted = ['a.example.com', 'b.example.com'];
    const pending = await refusedBy(set(client, wanted));
    expect(pending).toMatchObject({ code: 'Approval.Pending', statusCode: 409 });
    expect(pending.message).toContain('Bind 2 hostnames to Managed authority');
    expect((await refusedBy(set(client, wanted))).code).toBe('Approval.Pending');
    expect(await stored()).toEqual([]);
    const [asked] = await rig.store.openRequestsOf(ACCOUNT, `key:${row.name}`, 10);
    await decideAs(rig.worker, 'U0BOB', asked ?? { id: '' });
    expect(await set(client, wanted)).toMatchObject({ hostnames: wanted });
    expect((await get(client))?.hostnames).toEqual(wanted);

    // What somebody has changed since is asked about anew.
    const managed = await rig.store.binding(bindingId(rig.site.id, MANAGED));
    await rig.store.commit([update('bindings', managed ?? { id: '', version: 0 }, { hostnames: ['z.example.com'] })]);
    expect((await refusedBy(set(client, wanted))).code).toBe('Approval.Pending');
    const [again] = await rig.store.openRequestsOf(ACCOUNT, `key:${row.name}`, 10);
    await decideAs(rig.worker, 'U0BOB', again ?? { id: '' }, 'deny');
    expect((await refusedBy(set(client, wanted))).code).toBe('Approval.Denied');
    expect(await stored()).toEqual(['z.example.com']);
  });

  it('that clear a list wait for a person where the key asks, and happen at once where it acts alone', async () => {
    const { client: alone } = await rig.key();
    await set(alone, ['a.example.com']);
    const { client: asking } = await rig.key({ mode: 'asks' });
    expect((await refusedBy(set(asking, []))).code).toBe('Approval.Pending');
    expect(await stored()).toEqual(['a.example.com']);
    await set(alone, []);
    expect(await stored()).toEqual([]);
  });

  it('of many clients at once leave the list of one of them, whole', async () => {
    const { client } = await rig.key();
    const lists = Array.from({ length: 12 }, (_, n) => Array.from({ length: 5 }, (_, m) => `n${n}-${m}.example.com`));
    const answers = await Promise.all(lists.map((list) => set(client, list)));
    answers.forEach((answer, place) => {
      expect(answer?.hostnames).toEqual(lists[place]);
    });
    expect(lists).toContainEqual(await stored());
  });
});
