import { generateKeyPairSync, randomUUID, X509Certificate } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { bindingId } from '../../../../core/bindings/verbs.ts';
import { contentHash } from '../../../../core/requests/content.ts';
import { insert, update } from '../../../../core/store/plan.ts';
import type { Binding } from '../../../../core/store/rows.ts';
import { contentOf } from '../../../support/acts.ts';
import { decideAs } from '../../../support/approving.ts';
import { type EsaRig, startEsaRig } from '../../../support/esa-rig.ts';
import { KEYS, type MadeRoot, opensslCa, ROOT_EXTENSIONS } from '../../../support/openssl-ca.ts';
import { aSite } from '../../../support/rows.ts';
import { Esa, type EsaClient, refusedBy } from '../../../support/sdk.ts';
import { describeWith } from '../../../support/tools.ts';
import { ACCOUNT } from '../../../support/worker-rig.ts';

describeWith('openssl', 'the CA certificates of the OpenAPI', ({ openssl }) => {
  const ca = opensslCa(openssl);
  afterAll(() => ca[Symbol.dispose]());
  const roots = Array.from({ length: 6 }, (_, i) => ca.root({ subject: `/O=Plant/CN=Root ${i + 1}` }));
  const root = roots[0] as MadeRoot;

  let rig: EsaRig;
  beforeEach(async () => {
    rig = await startEsaRig();
    // After everything openssl makes here.
    rig.advance(120_000);
    return () => rig[Symbol.asyncDispose]();
  });

  const siteId = () => rig.site.number;
  const upload = (client: EsaClient, certificate: string, name?: string) =>
    client.uploadClientCaCertificate(
      new Esa.UploadClientCaCertificateRequest({ siteId: siteId(), certificate, ...(name ? { name } : {}) }),
    );
  const list = (client: EsaClient, page: object = {}) =>
    client.listClientCaCertificates(new Esa.ListClientCaCertificatesRequest({ siteId: siteId(), ...page }));
  const get = (client: EsaClient, id: string, site = siteId()) =>
    client.getClientCaCertificate(new Esa.GetClientCaCertificateRequest({ siteId: site, id }));
  const remove = (client: EsaClient, id: string) =>
    client.deleteClientCaCertificate(new Esa.DeleteClientCaCertificateRequest({ siteId: siteId(), id }));
  const refusal = async (call: Promise<unknown>) => {
    const { code, statusCode, message } = await refusedBy(call);
    return { code, statusCode, message };
  };
  const fingerprintOf = (pem: string) => new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();

  it('are uploaded, listed, read and deleted, in the formats of the vendor, and people see it at once', async () => {
    const { client } = await rig.key({ name: 'deploy' });
    const node = new X509Certificate(root.pem);
    const { body: uploaded } = await upload(client, root.pem, "my (CA)*~!'+é");
    expect(uploaded).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      status: 'OK',
      commonName: 'Root 1',
      issuer: 'Root 1',
      notBefore: new Date(node.validFrom).toISOString().replace('.000Z', 'Z'),
      notAfter: new Date(node.validTo).toISOString().replace('.000Z', 'Z'),
      serialNumber: node.serialNumber.toLowerCase(),
      fingerprintSha256: fingerprintOf(root.pem),
      signatureAlgorithm: 'ECDSA-SHA256',
      validityDays: '3650',
    });
    const id = uploaded?.id ?? '';

    const { body: listed } = await list(client);
    expect(listed).toMatchObject({
      siteId: siteId(),
      siteName: 'example.com',
      pageNumber: 1,
      pageSize: 20,
      totalCount: 1,
    });
    const item = listed?.result?.[0];
    expect(item).toMatchObject({
      id,
      name: "my (CA)*~!'+é",
      status: 'OK',
      type: 'upload',
      commonName: 'Root 1',
      SAN: '',
      pubkeyAlgorithm: 'ECDSA',
      notAfter: new Date(node.validTo).toISOString().slice(0, 19).replace('T', ' '),
    });
    const { body: got } = await get(client, id);
    expect(got).toMatchObject({ siteId: siteId(), siteName: 'example.com', status: 'OK', certificate: root.pem });
    expect(got?.result).toEqual(expect.objectContaining({ ...item }));

    const ada = rig.worker.sandbox.person('U0ADA');
    await rig.worker.settle();
    expect(ada.messages('C0AUDIT').map(contentOf).join()).toMatch(/API key `deploy` uploaded the custom CA/);
    expect((await remove(client, id)).body).toMatchObject({ siteId: siteId(), siteName: 'example.com', id });
    expect(await refusal(get(client, id))).toMatchObject({ code: 'Certificate.NotFound', statusCode: 404 });
    expect(await refusal(remove(client, id))).toMatchObject({ code: 'Certificate.NotFound', statusCode: 404 });
    expect((await list(client)).body).toMatchObject({ totalCount: 0, result: [] });
  });

  it('have their common name where none is given, and the names of Go for RSA, P-384 and Ed25519', async () => {
    const { client } = await rig.key();
    const expected = [
      [KEYS.rsa2048, 'SHA256-RSA', 'RSA'],
      [KEYS.p384, 'ECDSA-SHA256', 'ECDSA'],
      [KEYS.ed25519, 'Ed25519', 'Ed25519'],
    ] as const;
    for (const [key, signatureAlgorithm, pubkeyAlgorithm] of expected) {
      const { body } = await upload(client, ca.root({ key, subject: `/CN=Of ${pubkeyAlgorithm}` }).pem);
      expect(body).toMatchObject({ signatureAlgorithm });
      expect((await get(client, body?.id ?? '')).body?.result).toMatchObject({
        name: `Of ${pubkeyAlgorithm}`,
        pubkeyAlgorithm,
        signatureAlgorithm,
      });
    }
  });

  it('are five at most: the sixth is over quota, also when two come for the fifth place at once', async () => {
    const { client } = await rig.key();
    for (const one of roots.slice(0, 4)) await upload(client, one.pem);
    const two = await Promise.allSettled(roots.slice(4).map(({ pem }) => upload(client, pem)));
    expect(two.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { reason } = two.find((one) => one.status === 'rejected') as PromiseRejectedResult;
    expect(reason).toMatchObject({ code: 'ClientCaCertificate.OverQuota', statusCode: 403 });
    expect(await refusal(upload(client, ca.root({ subject: '/CN=More' }).pem))).toMatchObject({
      code: 'ClientCaCertificate.OverQuota',
      message: expect.stringMatching(/5 custom CAs here, and this account may have 5/),
    });
    const { body } = await list(client, { pageSize: 2, pageNumber: 3 });
    expect(body).toMatchObject({ totalCount: 5, pageNumber: 3, pageSize: 2 });
    expect(body?.result).toHaveLength(1);
    expect((await list(client, { pageNumber: 9 })).body).toMatchObject({ totalCount: 5, result: [] });
    expect(await refusal(list(client, { pageSize: 101 }))).toMatchObject({ code: 'InvalidParameter', statusCode: 400 });
  });

  it.each([
    ['a leaf', () => ca.below(root, '/CN=alice', ['extendedKeyUsage=clientAuth']).pem, /client or server/],
    ['an intermediate', () => ca.below(root, '/CN=Between', ROOT_EXTENSIONS).pem, /intermediate CA/],
    ['a bundle', () => root.pem + (roots[1] as MadeRoot).pem, /2 certificates/],
    ['a private key', () => ca.run('pkey', '-in', root.keyFile), /private key/],
    ['a request', () => ca.csr(), /request for a certificate/],
    ['no PEM', () => 'nothing of the kind', /not a certificate/],
    ['too much', () => `-----BEGIN CERTIFICATE-----\n${'A'.repeat(66_000)}`, /64 KiB/],
    ['SHA-1', () => ca.root({ more: ['-sha1'] }).pem, /outdated hash/],
  ])('are refused as InvalidParameter with %s', async (_, certificate, words) => {
    const { client } = await rig.key();
    expect(await refusal(upload(client, certificate()))).toEqual({
      code: 'InvalidParameter',
      statusCode: 400,
      message: expect.stringMatching(words),
    });
    expect(await rig.store.uploadedAuthorities(ACCOUNT)).toEqual([]);
  });

  it('are refused twice in one site, without a certificate, and for a site that is not there', async () => {
    const { client } = await rig.key();
    await upload(client, root.pem);
    expect(await refusal(upload(client, root.pem.replaceAll('\n', '\r\n'), 'Again'))).toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringMatching(/uploaded for this site already, as Root 1/),
    });
    const { UploadClientCaCertificateRequest: Upload } = Esa;
    const without = client.uploadClientCaCertificate(new Upload({ siteId: siteId() }));
    expect(await refusal(without)).toMatchObject({ code: 'InvalidParameter', statusCode: 400 });
    const nowhere = client.uploadClientCaCertificate(new Upload({ siteId: 1234567890123, certificate: root.pem }));
    expect(await refusal(nowhere)).toMatchObject({ code: 'InvalidParameter.SiteId' });
    const noSite = client.uploadClientCaCertificate(new Upload({ certificate: root.pem }));
    expect(await refusal(noSite)).toMatchObject({ code: 'MissingSiteId' });
  });

  it('are none where they are a private key in a certificate’s clothes, which is put down nowhere', async () => {
    const { client, row } = await rig.key();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const base64 = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
    for (const text of [`-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----`, base64]) {
      const error = await refusal(upload(client, text));
      expect(error).toMatchObject({ code: 'InvalidParameter', message: expect.stringContaining('a private key') });
    }
    const recorded = await rig.store.newestRequestFor(
      row.accountId,
      `key:${row.name}`,
      contentHash('ca_upload', { siteId: rig.site.id, name: '', certificate: base64 }),
    );
    expect(recorded).toBeUndefined();
  });

  it('are refused by their status while they are not valid', async () => {
    const { client } = await rig.key();
    const short = ca.root({ days: 1 });
    rig.advance(2 * 86_400_000);
    expect(await refusal(upload(client, short.pem))).toMatchObject({
      code: 'Certificate.StatusError',
      statusCode: 400,
      message: expect.stringMatching(/has ended, \d{4}-\d\d-\d\d/),
    });
  });

  it('are not deleted while a hostname is bound, and are once the list is empty', async () => {
    const { client } = await rig.key();
    const { body } = await upload(client, root.pem);
    const id = body?.id ?? '';
    const [authority] = await rig.store.uploadedAuthorities(ACCOUNT);
    const row = async () => (await rig.store.binding(bindingId(rig.site.id, authority?.id ?? ''))) as Binding;
    await rig.store.commit([update('bindings', await row(), { hostnames: ['api.example.com'] })]);
    expect(await refusal(remove(client, id))).toMatchObject({
      code: 'Certificate.StatusError',
      statusCode: 400,
      message: expect.stringMatching(/`api\.example\.com`/),
    });
    await rig.store.commit([update('bindings', await row(), { hostnames: [] })]);
    expect((await remove(client, id)).body).toMatchObject({ id });
  });

  it('are found in their own site alone, and by the id that the list has', async () => {
    const other = aSite({ name: 'second.example' });
    await rig.store.commit([insert('sites', other)]);
    const { client } = await rig.key();
    const { body } = await upload(client, root.pem);
    const notFound = { code: 'Certificate.NotFound', statusCode: 404 };
    expect(await refusal(get(client, body?.id ?? '', other.number))).toMatchObject(notFound);
    for (const id of [randomUUID().replaceAll('-', ''), 'ca01', (body?.id ?? '').toUpperCase(), '../x']) {
      expect(await refusal(get(client, id))).toMatchObject(notFound);
    }
    expect(await refusal(get(client, ''))).toMatchObject({ code: 'Id.MissingParameter', statusCode: 400 });
  });

  it('are kept from keys that were not made for them', async () => {
    const reader = await rig.key({ access: 'read' });
    const hostnames = await rig.key({ groups: ['hostnames'] });
    const writer = await rig.key();
    const { body } = await upload(writer.client, root.pem);
    expect((await list(reader.client)).body).toMatchObject({ totalCount: 1 });
    for (const call of [
      upload(reader.client, root.pem),
      remove(reader.client, body?.id ?? ''),
      list(hostnames.client),
    ]) {
      expect(await refusal(call)).toMatchObject({ code: 'NoPermission', statusCode: 403 });
    }
  });

  describe('of a key that asks', () => {
    const waiting = async () => {
      const [request] = await rig.store.openRequestsOf(ACCOUNT, 'key:careful', 5);
      if (!request) throw new Error('nothing waits');
      return request;
    };

    it('are taken in and deleted when a person has agreed and the call is repeated', async () => {
      const { client } = await rig.key({ name: 'careful', mode: 'asks' });
      const pending = { code: 'Approval.Pending', statusCode: 409 };
      expect(await refusal(upload(client, root.pem))).toMatchObject(pending);
      expect(await refusal(upload(client, root.pem))).toMatchObject(pending);
      await decideAs(rig.worker, 'U0BOB', await waiting());
      const { body } = await upload(client, root.pem);
      expect(body).toMatchObject({ commonName: 'Root 1', status: 'OK' });
      expect((await upload(client, root.pem)).body?.id).toBe(body?.id);
      expect(await rig.store.uploadedAuthorities(ACCOUNT)).toHaveLength(1);
      const id = body?.id ?? '';
      expect(await refusal(remove(client, id))).toMatchObject(pending);
      await decideAs(rig.worker, 'U0BOB', await waiting());
      expect((await remove(client, id)).body).toMatchObject({ id });
      expect(await rig.store.uploadedAuthorities(ACCOUNT)).toEqual([]);
    });

    it('are not taken in when a person says no', async () => {
      const { client } = await rig.key({ name: 'careful', mode: 'asks' });
      await refusal(upload(client, root.pem));
      await decideAs(rig.worker, 'U0BOB', await waiting(), 'deny');
      expect(await refusal(upload(client, root.pem))).toMatchObject({ code: 'Approval.Denied', statusCode: 403 });
    });
  });
});
